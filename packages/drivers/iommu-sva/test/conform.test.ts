import { testDriver } from '@mmulab/testkit/vitest'
import iommuSva from '../src/index.ts'

testDriver(iommuSva, {
  counts: {
    'mainline@5.4 oom-reap': [30, 30],
    'mainline@5.4 dontneed': [128, 218],
    'mainline@5.4 munmap': [95, 164],
  },
})
