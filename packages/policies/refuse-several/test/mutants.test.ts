import { testPolicyMutants } from '@mmulab/testkit/vitest'
import refuseSeveral from '../src/index.ts'

testPolicyMutants(() => refuseSeveral, {
  score: { total: 7, killed: 6, equivalent: 1 },
  sample: 4,
})
