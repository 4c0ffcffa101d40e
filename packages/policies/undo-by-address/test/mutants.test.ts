import { testPolicyMutants } from '@mmulab/testkit/vitest'
import undoByAddress from '../src/index.ts'

testPolicyMutants(() => undoByAddress, {
  score: { total: 20, killed: 18, equivalent: 2 },
  sample: 4,
})
