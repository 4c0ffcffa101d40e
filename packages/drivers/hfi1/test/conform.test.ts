import { testDriver } from '@mmulab/testkit/vitest'
import hfi1 from '../src/index.ts'

testDriver(hfi1, {
  counts: {
    'mainline@5.4 oom-reap': [163, 293],
    'mainline@5.4 dontneed': [779, 1905],
    'mainline@5.4 munmap': [689, 1685],
  },
})
