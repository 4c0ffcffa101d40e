import { testPolicyMutants } from '@mmulab/testkit/vitest'
import endForAll from '../src/index.ts'

testPolicyMutants(() => endForAll, {
  score: { total: 15, killed: 14, equivalent: 1 },
  sample: 4,
})
