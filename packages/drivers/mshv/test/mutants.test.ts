import { testMutants } from '@mmulab/testkit/vitest'
import mshv from '../src/index.ts'

testMutants(mshv, {
  score: { total: 31, killed: 27, equivalent: 4 },
  sample: 3,
})
