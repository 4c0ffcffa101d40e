import { testMutants } from '@mmulab/testkit/vitest'
import { describe } from 'vitest'
import rdmaOdp from '../src/index.ts'

describe('4.19', () => {
  testMutants(() => rdmaOdp({ era: '4.19' }), {
    score: { total: 111, killed: 87, equivalent: 24 },
    sample: 3,
  })
})

describe('4.20', () => {
  testMutants(() => rdmaOdp({ era: '4.20' }), {
    score: { total: 64, killed: 59, equivalent: 5 },
    sample: 3,
  })
})

describe('5.3', () => {
  testMutants(() => rdmaOdp({ era: '5.3' }), {
    score: { total: 67, killed: 62, equivalent: 5 },
    sample: 3,
  })
})

describe('5.5', () => {
  testMutants(() => rdmaOdp({ era: '5.5' }), {
    score: { total: 48, killed: 34, equivalent: 14 },
    sample: 3,
  })
})
