import { testDriver } from '@mmulab/testkit/vitest'
import { describe } from 'vitest'
import amdkfd from '../src/index.ts'

describe('5.5', () => {
  testDriver(() => amdkfd({ era: '5.5' }), {
    skip: {
      'one-lock': 'its counters are atomics, and quiesce and resume have a count of their own',
      'written-as-looked-at': 'its counters are atomics, and the worker holds another lock',
      'set-up-is-mapped':
        'whoever maps takes mmap_lock for write to keep sections out, and reclaim does not take it (fixed in 6.2)',
      'set-seq-under-lock':
        'the number is set under notifier_lock and asked for without it (as of 6.2 with it)',
    },
    counts: {
      'mainline@5.5 oom-reap': [20, 19],
      'mainline@5.5 dontneed': [154, 264],
      'mainline@5.5 munmap': [133, 232],
    },
  })
})

describe('6.2', () => {
  testDriver(() => amdkfd({ era: '6.2' }), {
    counts: {
      'mainline@5.5 oom-reap': [20, 19],
      'mainline@5.5 dontneed': [181, 312],
      'mainline@5.5 munmap': [154, 271],
    },
  })
})
