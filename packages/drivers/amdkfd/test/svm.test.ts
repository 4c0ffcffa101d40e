import { testDriver } from '@mmulab/testkit/vitest'
import { describe } from 'vitest'
import amdkfd from '../src/index.ts'

describe('SVM', () => {
  testDriver(
    () => {
      const { svm } = amdkfd().variants
      if (!svm) throw new Error('there is no such twin')
      return svm
    },
    {
      skip: {
        context: 'it takes its mutex also where it may not block (kfd_svm.c:svm_range_lock)',
      },
      counts: {
        'mainline@5.5 oom-reap': [165, 287],
        'mainline@5.5 dontneed': [244, 436],
        'mainline@5.5 munmap': [762, 1864],
      },
    },
  )
})
