import { testMutants } from '@mmulab/testkit/vitest'
import scif from '../src/index.ts'

testMutants(scif, {
  score: { total: 37, killed: 25, equivalent: 10 },
  survivors: {
    'scif_mmu_notifier_invalidate_range_start: "scif.window.cached" is always 1':
      'no promise is broken by it in any cell of the kit',
    'scif_mmu_notifier_invalidate_range_start: "scif.window.cached" before "spin_lock(&scif.tc_lock)"':
      'no promise is broken by it in any cell of the kit',
  },
  sample: 3,
})
