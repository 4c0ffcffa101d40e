import { testMutants } from '@mmulab/testkit/vitest'
import rdmaOdp from '../src/index.ts'

testMutants(() => rdmaOdp({ era: '4.20' }), {
  score: { total: 57, killed: 55, equivalent: 2 },
  sample: 6,
})
