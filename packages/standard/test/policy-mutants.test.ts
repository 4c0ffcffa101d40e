/** The notifier core of 5.12, broken in every classic way; patches are in their own packages. */
import mainline from '@mmulab/policy-mainline'
import { testPolicyMutants } from '@mmulab/testkit/vitest'

testPolicyMutants(() => mainline.at('5.12'), {
  score: { total: 85, killed: 70, equivalent: 15 },
  sample: 12,
})
