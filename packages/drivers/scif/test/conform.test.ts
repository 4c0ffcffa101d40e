import { testDriver } from '@mmulab/testkit/vitest'
import scif from '../src/index.ts'

testDriver(scif, {
  counts: {
    'mainline@5.4 oom-reap': [164, 295],
    'mainline@5.4 dontneed': [782, 1912],
    'mainline@5.4 munmap': [692, 1692],
  },
})
