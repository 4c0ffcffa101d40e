import { testPolicyMutants } from '@mmulab/testkit/vitest'
import mayfail from '../src/index.ts'

testPolicyMutants(() => mayfail, {
  score: { total: 9, killed: 8, equivalent: 1 },
  sample: 4,
})
