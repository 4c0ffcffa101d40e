import { testDriver } from '@mmulab/testkit/vitest'
import kvm from '../src/index.ts'

testDriver(kvm, {
  counts: {
    'mainline@5.4 oom-reap': [39, 39],
    'mainline@5.4 dontneed': [426, 777],
    'mainline@5.4 munmap': [317, 584],
  },
})
