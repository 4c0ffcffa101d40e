import { testPolicyMutants } from '@mmulab/testkit/vitest'
import stopAtRefusal from '../src/index.ts'

testPolicyMutants(() => stopAtRefusal, {
  score: { total: 14, killed: 13, equivalent: 1 },
  sample: 4,
})
