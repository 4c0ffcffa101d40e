import { testMutants } from '@mmulab/testkit/vitest'
import { describe } from 'vitest'
import hmmMirror from '../src/index.ts'

describe('4.19', () => {
  testMutants(() => hmmMirror({ era: '4.19' }), {
    score: { total: 55, killed: 43, equivalent: 12 },
    sample: 3,
  })
})

describe('4.20', () => {
  testMutants(() => hmmMirror({ era: '4.20' }), {
    score: { total: 59, killed: 52, equivalent: 7 },
    sample: 3,
  })
})

describe('5.2', () => {
  testMutants(() => hmmMirror({ era: '5.2' }), {
    score: { total: 80, killed: 71, equivalent: 9 },
    sample: 3,
  })
})

describe('5.3', () => {
  testMutants(() => hmmMirror({ era: '5.3' }), {
    score: { total: 77, killed: 69, equivalent: 8 },
    sample: 3,
  })
})
