import { testPolicyMutants } from '@mmulab/testkit/vitest'
import intVoidSplit from '../src/index.ts'

testPolicyMutants(() => intVoidSplit, {
  score: { total: 9, killed: 8, equivalent: 1 },
  sample: 4,
})
