import { testMutants } from '@mmulab/testkit/vitest'
import { describe } from 'vitest'
import amdkfd from '../src/index.ts'

describe('5.5', () => {
  testMutants(() => amdkfd({ era: '5.5' }), {
    score: { total: 63, killed: 48, equivalent: 15 },
    sample: 3,
  })
})

describe('6.2', () => {
  testMutants(() => amdkfd({ era: '6.2' }), {
    score: { total: 64, killed: 46, equivalent: 18 },
    sample: 3,
  })
})
