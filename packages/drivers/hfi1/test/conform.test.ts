import { testDriver } from '@mmulab/testkit/vitest'
import hfi1 from '../src/index.ts'

testDriver(hfi1, {
  counts: {
    'mainline@5.4 oom-reap': [164, 295],
    'mainline@5.4 dontneed': [782, 1912],
    'mainline@5.4 munmap': [692, 1692],
  },
})
