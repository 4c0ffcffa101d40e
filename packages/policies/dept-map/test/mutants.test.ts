import { testPolicyMutants } from '@mmulab/testkit/vitest'
import deptMap from '../src/index.ts'

testPolicyMutants(() => deptMap, {
  score: { total: 16, killed: 11, equivalent: 5 },
  sample: 4,
})
