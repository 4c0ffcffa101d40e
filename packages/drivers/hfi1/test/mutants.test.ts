import { testMutants } from '@mmulab/testkit/vitest'
import hfi1 from '../src/index.ts'

testMutants(hfi1, {
  score: { total: 44, killed: 33, equivalent: 11 },
  sample: 3,
})
