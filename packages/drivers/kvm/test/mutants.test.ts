import { testMutants } from '@mmulab/testkit/vitest'
import kvm from '../src/index.ts'

testMutants(() => kvm({ era: '5.11' }), {
  score: { total: 31, killed: 25, equivalent: 6 },
  sample: 6,
})
