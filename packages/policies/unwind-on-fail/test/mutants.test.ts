import { testPolicyMutants } from '@mmulab/testkit/vitest'
import unwindOnFail from '../src/index.ts'

testPolicyMutants(() => unwindOnFail, {
  score: { total: 16, killed: 15, equivalent: 1 },
  sample: 4,
})
