import { testMutants } from '@mmulab/testkit/vitest'
import { describe } from 'vitest'
import gntdev from '../src/index.ts'

describe('4.19', () => {
  testMutants(() => gntdev({ era: '4.19' }), {
    score: { total: 30, killed: 26, equivalent: 4 },
    sample: 3,
  })
})

describe('5.5', () => {
  testMutants(() => gntdev({ era: '5.5' }), {
    score: { total: 16, killed: 14, equivalent: 2 },
    sample: 3,
  })
})
