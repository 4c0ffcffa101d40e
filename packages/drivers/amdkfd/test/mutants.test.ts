import { testMutants } from '@mmulab/testkit/vitest'
import { describe } from 'vitest'
import amdkfd from '../src/index.ts'

describe('5.5', () => {
  testMutants(() => amdkfd({ era: '5.5' }), {
    score: { total: 56, killed: 42, equivalent: 14 },
    sample: 3,
  })
})

describe('6.2', () => {
  testMutants(() => amdkfd({ era: '6.2' }), {
    score: { total: 57, killed: 40, equivalent: 17 },
    sample: 3,
  })
})
