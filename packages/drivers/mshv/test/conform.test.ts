import { testDriver } from '@mmulab/testkit/vitest'
import mshv from '../src/index.ts'

testDriver(mshv, {
  skip: {
    'no-complaint': 'it WARNs when it refuses',
  },
  counts: {
    'mainline@5.5 oom-reap': [144, 211],
    'mainline@5.5 dontneed': [669, 1512],
    'mainline@5.5 munmap': [494, 1093],
  },
})
