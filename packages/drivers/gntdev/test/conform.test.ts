import { testDriver } from '@mmulab/testkit/vitest'
import { describe } from 'vitest'
import gntdev from '../src/index.ts'

describe('4.19', () => {
  testDriver(() => gntdev({ era: '4.19' }), {
    skip: {
      'retries-after-invalidation':
        'pages of grants are on no LRU list, but the reclaim of the model takes any page',
    },
    counts: {
      'mainline@5.4 oom-reap': [74, 115],
      'mainline@5.4 dontneed': [60, 95],
      'mainline@5.4 munmap': [66, 105],
    },
  })
})

describe('5.5', () => {
  testDriver(() => gntdev({ era: '5.5' }), {
    skip: {
      'one-lock':
        'it has none: mmap() waits for the sections that are open and keeps others out by mmap_lock',
      'retries-after-invalidation':
        'pages of grants are on no LRU list, but the reclaim of the model takes any page',
    },
    counts: {
      'mainline@5.5 oom-reap': [20, 19],
      'mainline@5.5 dontneed': [15, 15],
      'mainline@5.5 munmap': [17, 17],
    },
  })
})
