import { testMutants } from '@mmulab/testkit/vitest'
import { describe } from 'vitest'
import sgx from '../src/index.ts'

describe('5.11', () => {
  testMutants(() => sgx({ era: '5.11' }), {
    score: { total: 11, killed: 3, equivalent: 8 },
    sample: 3,
  })
})

describe('5.12', () => {
  testMutants(() => sgx({ era: '5.12' }), {
    score: { total: 12, killed: 5, equivalent: 7 },
    sample: 3,
  })
})
