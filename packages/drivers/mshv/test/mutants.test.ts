import { testMutants } from '@mmulab/testkit/vitest'
import mshv from '../src/index.ts'

testMutants(mshv, {
  score: { total: 31, killed: 25, equivalent: 6 },
  sample: 3,
})
