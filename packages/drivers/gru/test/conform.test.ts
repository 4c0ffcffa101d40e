import { testDriver } from '@mmulab/testkit/vitest'
import gru from '../src/index.ts'

testDriver(gru, {
  skip: { 'counts-under-lock': 'ms_range_active is an atomic_t' },
  counts: {
    'mainline@5.4 oom-reap': [37, 37],
    'mainline@5.4 dontneed': [540, 993],
    'mainline@5.4 munmap': [450, 833],
  },
})
