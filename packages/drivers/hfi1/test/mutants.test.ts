import { testMutants } from '@mmulab/testkit/vitest'
import hfi1 from '../src/index.ts'

testMutants(hfi1, {
  score: { total: 37, killed: 24, equivalent: 11 },
  survivors: {
    'mmu_notifier_range_start: "hfi1.node.linked" is always 1':
      'seen from outside, but no promise is broken by it in any cell',
    'mmu_notifier_range_start: "hfi1.node.linked" before "spin_lock(&hfi1.handler.lock)"':
      'seen from outside, but no promise is broken by it in any cell',
  },
  sample: 3,
})
