import { testMutants } from '@mmulab/testkit/vitest'
import mshv from '../src/index.ts'

testMutants(mshv, {
  score: { total: 29, killed: 24, equivalent: 5 },
  sample: 3,
})
