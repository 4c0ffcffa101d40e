import { testPolicyMutants } from '@mmulab/testkit/vitest'
import skipWhileReaping from '../src/index.ts'

testPolicyMutants(() => skipWhileReaping, {
  score: { total: 18, killed: 15, equivalent: 3 },
  sample: 4,
})
