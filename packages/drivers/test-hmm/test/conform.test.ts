import { testDriver } from '@mmulab/testkit/vitest'
import testHmm from '../src/index.ts'

testDriver(testHmm, {
  counts: {
    'mainline@5.5 oom-reap': [144, 211],
    'mainline@5.5 dontneed': [669, 1512],
    'mainline@5.5 munmap': [494, 1093],
  },
})
