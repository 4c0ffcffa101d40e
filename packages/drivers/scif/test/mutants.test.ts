import { testMutants } from '@mmulab/testkit/vitest'
import scif from '../src/index.ts'

testMutants(scif, {
  score: { total: 40, killed: 32, equivalent: 8 },
  sample: 3,
})
