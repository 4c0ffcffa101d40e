import { testMutants } from '@mmulab/testkit/vitest'
import { describe } from 'vitest'
import rdmaOdp from '../src/index.ts'

describe('4.19', () => {
  testMutants(() => rdmaOdp({ era: '4.19' }), {
    score: { total: 102, killed: 82, equivalent: 14 },
    survivors: {
      'ib_umem_notifier_invalidate_range_start: "down_read_trylock(&rdma-odp.umem_rwsem)" is taken for granted':
        'the original breaks the same rules in the same cells',
      'ib_umem_odp_get: "rdma-odp.umem.registered" is always 1':
        'the original breaks the same rules in the same cells',
      'ib_umem_notifier_invalidate_range_start: "rdma-odp.notifier_count++" before "down_read(&rdma-odp.umem_rwsem)"':
        'the same in every cell but that of sections that overlap, which is too large to compare',
      'ib_umem_notifier_invalidate_range_start: "rdma-odp.umem.registered" before "rdma-odp.notifier_count++"':
        'the same in every cell but that of sections that overlap, which is too large to compare',
      'ib_umem_notifier_invalidate_range_end: "rdma-odp.umem.registered" before "down_read(&rdma-odp.umem_rwsem)"':
        'the original breaks the same rules in the same cells',
      'ib_ucontext_notifier_end_account: "rdma-odp.umem.mn_counters_active = …" before "mutex_lock(&rdma-odp.umem_mutex)"':
        'the original breaks the same rules in the same cells',
    },
    sample: 3,
  })
})

describe('4.20', () => {
  testMutants(() => rdmaOdp({ era: '4.20' }), {
    score: { total: 57, killed: 55, equivalent: 2 },
    sample: 3,
  })
})

describe('5.3', () => {
  testMutants(() => rdmaOdp({ era: '5.3' }), {
    score: { total: 60, killed: 58, equivalent: 2 },
    sample: 3,
  })
})

describe('5.5', () => {
  testMutants(() => rdmaOdp({ era: '5.5' }), {
    score: { total: 43, killed: 31, equivalent: 11 },
    survivors: {
      'ib_umem_odp_get: drop the call of pagefault_real_mr()':
        'what is not fetched beforehand is faulted in when the device needs it',
    },
    sample: 3,
  })
})
