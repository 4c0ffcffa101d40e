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
    score: { total: 73, killed: 65, equivalent: 8 },
    sample: 3,
  })
})

describe('6.1', () => {
  testMutants(() => kvm({ era: '6.1' }), {
    score: { total: 98, killed: 88, equivalent: 10 },
    sample: 3,
  })
})
