import { testPolicyMutants } from '@mmulab/testkit/vitest'
import detachAtOom from '../src/index.ts'

testPolicyMutants(() => detachAtOom, {
  score: { total: 18, killed: 16, equivalent: 2 },
  sample: 4,
})
