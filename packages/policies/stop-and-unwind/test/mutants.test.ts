import { testPolicyMutants } from '@mmulab/testkit/vitest'
import stopAndUnwind from '../src/index.ts'

testPolicyMutants(() => stopAndUnwind, {
  score: { total: 15, killed: 14, equivalent: 1 },
  sample: 4,
})
