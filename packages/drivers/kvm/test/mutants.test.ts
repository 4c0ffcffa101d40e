import { testMutants } from '@mmulab/testkit/vitest'
import { describe } from 'vitest'
import kvm from '../src/index.ts'

describe('5.11', () => {
  testMutants(() => kvm({ era: '5.11' }), {
    score: { total: 37, killed: 31, equivalent: 6 },
    sample: 3,
  })
})

describe('5.12', () => {
  testMutants(() => kvm({ era: '5.12' }), {
    score: { total: 40, killed: 33, equivalent: 7 },
    sample: 3,
  })
})

describe('5.15', () => {
  testMutants(() => kvm({ era: '5.15' }), {
    score: { total: 83, killed: 71, equivalent: 12 },
    sample: 3,
  })
})

describe('6.1', () => {
  testMutants(() => kvm({ era: '6.1' }), {
    score: { total: 113, killed: 96, equivalent: 17 },
    sample: 3,
  })
})
