/**
 * RDMA on-demand paging as in 4.20 to 5.2: a refusal because of an overlapping umem forgets to give the read lock back. It takes no
 * second driver to be stuck: the next registration waits for the reaper, which is long gone.
 */
import { type Driver, defineDriver } from '@mmulab/core'
import { createPerMm } from './per-mm.ts'

const TITLE =
  'RDMA on-demand paging: holds umem_rwsem for read from start to end; refuses if a umem overlaps'

function odpWith(name: string, leaves: boolean): Driver {
  return defineDriver({
    name,
    era: '4.20',
    kernel: { since: '4.20', until: leaves ? '5.2' : '5.2' },
    title: leaves ? `${TITLE}; a twin whose last umem may go` : TITLE,
    source: 'drivers/infiniband/core/umem_odp.c, 4.20 to 5.2',
    offers: leaves ? ['fault', 'busy', 'register', 'unregister'] : ['fault', 'busy', 'register'],
    pins: false,
    create: (host) => createPerMm(host, { versions: '4.20', unlocksOnRefusal: false, leaves }),
    variants: leaves ? {} : { leaves: odpWith(`${name}~leaves`, true) },
  })
}

export const rdmaOdp420: Driver = odpWith('rdma-odp', false)
