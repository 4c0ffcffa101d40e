import { testMutants } from '@mmulab/testkit/vitest'
import gru from '../src/index.ts'

testMutants(gru, {
  score: { total: 27, killed: 21, equivalent: 6 },
  sample: 3,
})
