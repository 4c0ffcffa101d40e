import { testMutants } from '@mmulab/testkit/vitest'
import { describe } from 'vitest'
import xe from '../src/index.ts'

describe('6.12', () => {
  testMutants(() => xe({ era: '6.12' }), {
    score: { total: 26, killed: 22, equivalent: 4 },
    sample: 3,
  })
})

describe('7.2', () => {
  testMutants(() => xe({ era: '7.2' }), {
    score: { total: 26, killed: 22, equivalent: 4 },
    sample: 3,
  })
})
