import { testMutants } from '@mmulab/testkit/vitest'
import { describe } from 'vitest'
import gntdev from '../src/index.ts'

describe('4.19', () => {
  testMutants(() => gntdev({ era: '4.19' }), {
    score: { total: 33, killed: 29, equivalent: 4 },
    sample: 3,
  })
})

describe('5.5', () => {
  testMutants(() => gntdev({ era: '5.5' }), {
    score: { total: 17, killed: 15, equivalent: 2 },
    sample: 3,
  })
})
