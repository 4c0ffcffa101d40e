import { testMutants } from '@mmulab/testkit/vitest'
import { describe } from 'vitest'
import i915Userptr from '../src/index.ts'

describe('4.19', () => {
  testMutants(() => i915Userptr({ era: '4.19' }), {
    score: { total: 94, killed: 78, equivalent: 16 },
    sample: 3,
  })
})

describe('5.x', () => {
  testMutants(() => i915Userptr({ era: '5.x' }), {
    score: { total: 80, killed: 68, equivalent: 12 },
    sample: 3,
  })
})

describe('5.13', () => {
  testMutants(() => i915Userptr({ era: '5.13' }), {
    score: { total: 45, killed: 37, equivalent: 8 },
    sample: 3,
  })
})

describe('6.12', () => {
  testMutants(() => i915Userptr({ era: '6.12' }), {
    score: { total: 38, killed: 26, equivalent: 12 },
    sample: 3,
  })
})
