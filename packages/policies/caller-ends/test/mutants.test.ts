import { testPolicyMutants } from '@mmulab/testkit/vitest'
import callerEnds from '../src/index.ts'

testPolicyMutants(() => callerEnds, {
  score: { total: 5, killed: 5, equivalent: 0 },
})
