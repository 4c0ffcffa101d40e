import { testDriver } from '@mmulab/testkit/vitest'
import { describe } from 'vitest'
import radeon from '../src/index.ts'

const UNCHECKED = 'it binds the pages that it has taken without another look'
const RESERVED = 'it allocates with the object reserved, which its notifier reserves too'

describe('4.19', () => {
  testDriver(() => radeon({ era: '4.19' }), {
    skip: {
      'one-lock': 'the GPU itself ends its commands, and holds no lock',
      'written-as-looked-at': 'the GPU itself ends its commands, and holds no lock',
      'ends-what-it-began': 'the object keeps its references until it gets new pages',
      unwound: UNCHECKED,
      'retries-after-invalidation': UNCHECKED,
      'no-stale-mapping': UNCHECKED,
      context: RESERVED,
      'survives-its-own-reclaim': RESERVED,
      'lock-order': RESERVED,
    },
    counts: {
      'mainline@5.4 oom-reap': [390, 869],
      'mainline@5.4 dontneed': [418, 822],
      'mainline@5.4 munmap': [264, 513],
    },
  })
})

describe('5.5', () => {
  testDriver(() => radeon({ era: '5.5' }), {
    skip: {
      'one-lock': 'the GPU itself ends its commands, and holds no lock',
      'written-as-looked-at': 'the GPU itself ends its commands, and holds no lock',
      'ends-what-it-began': 'the object keeps its references until it gets new pages',
      unwound: UNCHECKED,
      'retries-after-invalidation': UNCHECKED,
      'no-stale-mapping': UNCHECKED,
      context: RESERVED,
      'survives-its-own-reclaim': RESERVED,
      'lock-order': RESERVED,
    },
    counts: {
      'mainline@5.5 oom-reap': [330, 733],
      'mainline@5.5 dontneed': [315, 612],
      'mainline@5.5 munmap': [206, 393],
    },
  })
})
