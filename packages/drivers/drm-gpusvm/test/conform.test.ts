import { testDriver } from '@mmulab/testkit/vitest'
import drmGpusvm from '../src/index.ts'

testDriver(drmGpusvm, {
  skip: {
    'one-lock': 'faults hold notifier_lock for reading; the lock of their VM keeps them apart',
  },
  counts: {
    'mainline@5.5 oom-reap': [34, 33],
    'mainline@5.5 dontneed': [311, 557],
    'mainline@5.5 munmap': [249, 448],
  },
})
