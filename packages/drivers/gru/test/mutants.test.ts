import { testMutants } from '@mmulab/testkit/vitest'
import gru from '../src/index.ts'

testMutants(gru, {
  score: { total: 28, killed: 22, equivalent: 6 },
  sample: 3,
})
