import { testMutants } from '@mmulab/testkit/vitest'
import { describe } from 'vitest'
import kvm from '../src/index.ts'

describe('5.11', () => {
  testMutants(() => kvm({ era: '5.11' }), {
    score: { total: 31, killed: 25, equivalent: 6 },
    sample: 3,
  })
})

describe('5.12', () => {
  testMutants(() => kvm({ era: '5.12' }), {
    score: { total: 34, killed: 27, equivalent: 7 },
    sample: 3,
  })
})

describe('5.15', () => {
  testMutants(() => kvm({ era: '5.15' }), {
    score: { total: 77, killed: 69, equivalent: 8 },
    sample: 3,
  })
})

describe('6.1', () => {
  testMutants(() => kvm({ era: '6.1' }), {
    score: { total: 102, killed: 86, equivalent: 16 },
    sample: 3,
  })
})
