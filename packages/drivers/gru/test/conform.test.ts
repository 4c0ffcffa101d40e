import { testDriver } from '@mmulab/testkit/vitest'
import gru from '../src/index.ts'

testDriver(gru, {
  skip: {
    'counts-under-lock': 'ms_range_active is an atomic_t',
    teardown:
      'its contexts are unloaded when VMAs are closed, after the pages of an mm that exits are freed',
  },
  counts: {
    'mainline@5.4 oom-reap': [37, 37],
    'mainline@5.4 dontneed': [540, 993],
    'mainline@5.4 munmap': [450, 833],
  },
})
