import { testMutants } from '@mmulab/testkit/vitest'
import hmmMirror from '../src/index.ts'

testMutants(() => hmmMirror({ era: '5.3' }), {
  score: { killed: 61, equivalent: 4 },
  survivors: {
    'hmm_range_fault: drop "hmm-mirror.range.listed[·] = ·"':
      'a range that is left on the list is only marked in vain',
    'hmm_invalidate_range_start: without "down_read_trylock(&hmm-mirror.mirrors_sem)"':
      'the list of mirrors that it guards is not modelled',
    'hmm_invalidate_range_start: without "down_read(&hmm-mirror.mirrors_sem)"':
      'the list of mirrors that it guards is not modelled',
  },
})
