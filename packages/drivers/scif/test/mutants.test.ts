import { testMutants } from '@mmulab/testkit/vitest'
import scif from '../src/index.ts'

testMutants(scif, {
  score: { total: 36, killed: 27, equivalent: 9 },
  sample: 3,
})
