import { testPolicyMutants } from '@mmulab/testkit/vitest'
import vmaStartRange from '../src/index.ts'

testPolicyMutants(() => vmaStartRange, {
  score: { total: 2, killed: 2, equivalent: 0 },
})
