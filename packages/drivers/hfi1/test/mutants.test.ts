import { testMutants } from '@mmulab/testkit/vitest'
import hfi1 from '../src/index.ts'

testMutants(hfi1, {
  score: { total: 44, killed: 34, equivalent: 10 },
  sample: 3,
})
