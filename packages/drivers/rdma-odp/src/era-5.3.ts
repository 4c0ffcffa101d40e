/**
 * RDMA on-demand paging as in 5.3 and 5.4: a refusal gives the read lock back. What is left is that a section holds the lock to its end, so
 * a start that nobody ends still keeps every registration out.
 */
import { type Driver, defineDriver } from '@mmulab/core'
import { createPerMm } from './per-mm.ts'

export const rdmaOdp53: Driver = defineDriver({
  name: 'rdma-odp',
  era: '5.3',
  kernel: { since: '5.3', until: '5.4' },
  title:
    'RDMA on-demand paging: as 4.20, and a refusal gives umem_rwsem back; refuses if a umem overlaps',
  source: 'drivers/infiniband/core/umem_odp.c, 5.3 and 5.4',
  offers: ['fault', 'busy', 'register'],
  pins: false,
  create: (host) => createPerMm(host, { versions: '5.3', unlocksOnRefusal: true }),
})
