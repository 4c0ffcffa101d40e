import { testMutants } from '@mmulab/testkit/vitest'
import hfi1 from '../src/index.ts'

testMutants(hfi1, {
  score: { total: 33, killed: 25, equivalent: 8 },
  sample: 3,
})
