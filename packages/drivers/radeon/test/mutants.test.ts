import { testMutants } from '@mmulab/testkit/vitest'
import { describe } from 'vitest'
import radeon from '../src/index.ts'

describe('4.19', () => {
  testMutants(() => radeon({ era: '4.19' }), {
    score: { total: 55, killed: 45, equivalent: 10 },
    sample: 3,
  })
})

describe('5.5', () => {
  testMutants(() => radeon({ era: '5.5' }), {
    score: { total: 41, killed: 33, equivalent: 8 },
    sample: 3,
  })
})
