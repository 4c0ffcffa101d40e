import { testDriver } from '@mmulab/testkit/vitest'
import testHmm from '../src/index.ts'

testDriver(testHmm, {
  skip: {
    unwound:
      'when a notifier of the list refuses, the core forgets that it had opened the section for intervals',
  },
  counts: {
    'mainline@5.5 oom-reap': [144, 211],
    'mainline@5.5 dontneed': [669, 1512],
    'mainline@5.5 munmap': [494, 1093],
  },
})
