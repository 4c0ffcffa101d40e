/** What an era of xe is made of, around the operations of its interval notifier. */
import {
  type Driver,
  type DriverHost,
  type DriverInstance,
  defineDriver,
  type IntervalSub,
  type KernelVersions,
} from '@mmulab/core'
import { ne, task, type Variable, when } from '@mmulab/model'
import { createUserptr, type Userptr } from './userptr.ts'

export interface XeEra {
  readonly era: string
  readonly kernel: KernelVersions
  readonly title: string
  readonly source: string
  /** Its operations, beside the one-pass `invalidate`; and what of them is worth a look. */
  readonly passes: (
    host: DriverHost,
    u: Userptr,
  ) => {
    readonly ops: Partial<IntervalSub>
    readonly watch: readonly Variable[]
  }
}

function create(host: DriverHost, { passes }: XeEra): DriverInstance {
  const u = createUserptr(host)
  const { ops, watch } = passes(host, u)
  const sub = { pages: host.virtualPages, invalidate: u.invalidate, insertedByDriver: true }
  return {
    ops: { intervalSub: { ...sub, ...ops } },
    mapping: (va) => when(ne(u.running, 0), u.pages[va] ?? 0, 0),
    inFlight: [],
    activities: {
      fault: { task: 'xe_exec', run: u.exec, perPage: false },
      register: { task: 'xe_bind', run: u.bind, perPage: false },
      unregister: { task: 'xe_unbind', run: u.destroy, perPage: false },
    },
    daemons: [task(`${host.label}_gpu`, u.gpu, [], { daemon: true })],
    watch: [u.running, u.notifierLock.writer, ...watch, ...u.pages],
  }
}

export const defineXe = (era: XeEra): Driver =>
  defineDriver({
    name: 'xe',
    era: era.era,
    kernel: era.kernel,
    title: era.title,
    source: era.source,
    offers: ['fault', 'register', 'unregister'],
    pins: false,
    interval: true,
    create: (host) => create(host, era),
  })
