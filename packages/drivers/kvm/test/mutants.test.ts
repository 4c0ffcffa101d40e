import { testMutants } from '@mmulab/testkit/vitest'
import kvm from '../src/index.ts'

testMutants(() => kvm({ era: '5.11' }), {
  score: { killed: 24, equivalent: 6 },
  survivors: {
    'kvm_mmu_notifier_invalidate_range_end: "kvm.mmu_notifier_seq++" before "spin_lock(&kvm.mmu_lock)"':
      'the increment is one step here; in C a second one could be lost',
  },
})
