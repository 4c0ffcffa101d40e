import { testPolicyMutants } from '@mmulab/testkit/vitest'
import unregisterAtOom from '../src/index.ts'

testPolicyMutants(() => unregisterAtOom, {
  score: { total: 11, killed: 10, equivalent: 1 },
  sample: 4,
})
