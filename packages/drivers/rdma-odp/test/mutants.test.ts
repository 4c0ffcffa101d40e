import { testMutants } from '@mmulab/testkit/vitest'
import rdmaOdp from '../src/index.ts'

testMutants(() => rdmaOdp({ era: '4.20' }), {
  score: { killed: 54, equivalent: 2 },
  survivors: {
    'ib_umem_notifier_end_account: "rdma-odp.notifiers_seq++" before "mutex_lock(&rdma-odp.umem_mutex)"':
      'the increment is one step here; in C a second one could be lost',
  },
})
