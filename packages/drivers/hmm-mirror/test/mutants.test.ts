import { testMutants } from '@mmulab/testkit/vitest'
import { describe } from 'vitest'
import hmmMirror from '../src/index.ts'

describe('4.19', () => {
  testMutants(() => hmmMirror({ era: '4.19' }), {
    score: { total: 44, killed: 34, equivalent: 10 },
    sample: 3,
  })
})

describe('4.20', () => {
  testMutants(() => hmmMirror({ era: '4.20' }), {
    score: { total: 48, killed: 43, equivalent: 5 },
    sample: 3,
  })
})

describe('5.2', () => {
  testMutants(() => hmmMirror({ era: '5.2' }), {
    score: { total: 69, killed: 62, equivalent: 7 },
    sample: 3,
  })
})

describe('5.3', () => {
  testMutants(() => hmmMirror({ era: '5.3' }), {
    score: { total: 68, killed: 61, equivalent: 7 },
    sample: 3,
  })
})
