import { testPolicyMutants } from '@mmulab/testkit/vitest'
import unevict from '../src/index.ts'

testPolicyMutants(() => unevict, {
  score: { total: 2, killed: 2, equivalent: 0 },
})
