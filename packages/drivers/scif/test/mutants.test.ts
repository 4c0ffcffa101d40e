import { testMutants } from '@mmulab/testkit/vitest'
import scif from '../src/index.ts'

testMutants(scif, {
  score: { total: 33, killed: 25, equivalent: 8 },
  sample: 3,
})
