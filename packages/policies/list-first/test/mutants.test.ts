import { testPolicyMutants } from '@mmulab/testkit/vitest'
import listFirst from '../src/index.ts'

testPolicyMutants(() => listFirst, {
  score: { total: 7, killed: 6, equivalent: 1 },
  sample: 4,
})
