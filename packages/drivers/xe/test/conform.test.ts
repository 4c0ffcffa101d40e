import { testDriver } from '@mmulab/testkit/vitest'
import { describe } from 'vitest'
import xe from '../src/index.ts'

describe('6.12', () => {
  testDriver(() => xe({ era: '6.12' }), {
    counts: {
      'mainline@5.12 oom-reap': [59, 84],
      'mainline@5.12 dontneed': [350, 683],
      'mainline@5.12 munmap': [285, 561],
    },
  })
})

describe('7.2', () => {
  testDriver(() => xe({ era: '7.2' }), {
    counts: {
      'mainline@7.2 oom-reap': [59, 84],
      'mainline@7.2 dontneed': [423, 826],
      'mainline@7.2 munmap': [350, 685],
    },
  })
})
