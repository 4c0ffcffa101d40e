import { testPolicyMutants } from '@mmulab/testkit/vitest'
import reaperEnds from '../src/index.ts'

testPolicyMutants(() => reaperEnds, {
  score: { total: 3, killed: 3, equivalent: 0 },
})
