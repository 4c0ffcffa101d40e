/**
 * RDMA on-demand paging as in 5.3 and 5.4: a refusal gives the read lock back. What is left is that a section holds the lock to its end, so
 * a start that nobody ends still keeps every registration out.
 */
import { type Driver, defineDriver } from '@mmulab/core'
import { createPerMm } from './per-mm.ts'

const TITLE =
  'RDMA on-demand paging: as 4.20, and a refusal gives umem_rwsem back; refuses if a umem overlaps'

function odpWith(name: string, leaves: boolean): Driver {
  return defineDriver({
    name,
    era: '5.3',
    kernel: { since: '5.3', until: leaves ? '5.3' : '5.4' },
    title: leaves ? `${TITLE}; a twin whose last umem may go` : TITLE,
    source: 'drivers/infiniband/core/umem_odp.c, 5.3 and 5.4',
    offers: leaves ? ['fault', 'busy', 'register', 'unregister'] : ['fault', 'busy', 'register'],
    pins: false,
    create: (host) => createPerMm(host, { versions: '5.3', unlocksOnRefusal: true, leaves }),
    variants: leaves ? {} : { leaves: odpWith(`${name}~leaves`, true) },
  })
}

export const rdmaOdp53: Driver = odpWith('rdma-odp', false)
