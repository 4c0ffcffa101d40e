import { testMutants } from '@mmulab/testkit/vitest'
import hmmMirror from '../src/index.ts'

testMutants(() => hmmMirror({ era: '5.3' }), {
  score: { total: 68, killed: 61, equivalent: 7 },
  sample: 6,
})
