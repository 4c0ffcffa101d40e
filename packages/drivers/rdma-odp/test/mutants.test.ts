import { testMutants } from '@mmulab/testkit/vitest'
import { describe } from 'vitest'
import rdmaOdp from '../src/index.ts'

describe('4.19', () => {
  testMutants(() => rdmaOdp({ era: '4.19' }), {
    score: { total: 99, killed: 80, equivalent: 19 },
    sample: 3,
  })
})

describe('4.20', () => {
  testMutants(() => rdmaOdp({ era: '4.20' }), {
    score: { total: 57, killed: 55, equivalent: 2 },
    sample: 3,
  })
})

describe('5.3', () => {
  testMutants(() => rdmaOdp({ era: '5.3' }), {
    score: { total: 60, killed: 58, equivalent: 2 },
    sample: 3,
  })
})

describe('5.5', () => {
  testMutants(() => rdmaOdp({ era: '5.5' }), {
    score: { total: 43, killed: 32, equivalent: 11 },
    sample: 3,
  })
})
