import { testMutants } from '@mmulab/testkit/vitest'
import hfi1 from '../src/index.ts'

testMutants(hfi1, {
  score: { total: 36, killed: 27, equivalent: 9 },
  sample: 3,
})
