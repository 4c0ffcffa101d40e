/**
 * Stands around every procedure of a plugin, so that the ops it yields can be changed on their way out. The procedure itself is run
 * as it is; a mutant is its stream of ops with one change, always at the same place, and so as deterministic as the original.
 */
import type {
  Driver,
  DriverHost,
  DriverInstance,
  DriverOps,
  Kernel,
  NotifierProcedures,
  Policy,
} from '@mmulab/core'
import type { Body, Op, Procedure } from '@mmulab/model'

export type AnyProcedure = Procedure<never[], unknown>

/** What to run in place of a procedure's body. */
export type Hook<P> = (
  procedure: AnyProcedure,
  args: readonly unknown[],
  body: Body<unknown>,
  plugin: P,
) => Body<unknown>

/** What does not belong to the plugin, though it is called from it. */
interface Foreign {
  readonly calls: WeakSet<object>
  readonly procedures: Set<unknown>
}

interface Wrapper {
  wrap<A extends unknown[], R>(p: Procedure<A, R>): Procedure<A, R>
}

/** Whether a call or a jump leads out of the plugin. */
type Leaves = (op: Extract<Op, { kind: 'call' | 'jump' }>) => boolean

function createWrapper<P>(hook: Hook<P>, leaves: Leaves, plugin: () => P): Wrapper {
  const made = new Map<unknown, AnyProcedure>()
  const wrapAny = (p: AnyProcedure): AnyProcedure => {
    const known = made.get(p)
    if (known) return known
    const wrapped: AnyProcedure = {
      ...p,
      *body(...args: never[]) {
        const body = hook(p, args, p.body(...args) as Body<unknown>, plugin())
        for (let step = body.next(); ; ) {
          if (step.done) return step.value
          step = body.next(yield inner(step.value))
        }
      },
    }
    made.set(p, wrapped)
    // What is wrapped already stays what it is.
    made.set(wrapped, wrapped)
    return wrapped
  }
  const inner = (op: Op): Op => {
    if (op.kind !== 'call' && op.kind !== 'jump') return op
    if (leaves(op)) return op
    return { ...op, procedure: wrapAny(op.procedure) }
  }
  return {
    wrap: <A extends unknown[], R>(p: Procedure<A, R>) =>
      wrapAny(p as unknown as AnyProcedure) as unknown as Procedure<A, R>,
  }
}

/** Ops of the host's helpers are the driver's, but not what they call. */
function hostOf(host: DriverHost, foreign: Foreign): DriverHost {
  foreign.procedures.add(host.allocator.directReclaim)
  const marked = <F extends (...args: never[]) => Body<unknown>>(f: F): F =>
    function* (...args: never[]): Body<unknown> {
      const body = f(...args)
      for (let step = body.next(); ; ) {
        if (step.done) return step.value
        if (step.value.kind === 'call' || step.value.kind === 'jump') foreign.calls.add(step.value)
        step = body.next(yield step.value)
      }
    } as unknown as F
  const helpers = <T extends object>(o: T): T =>
    Object.fromEntries(
      Object.entries(o).map(([k, v]) => [k, typeof v === 'function' ? marked(v) : v]),
    ) as T
  return {
    ...helpers(host),
    interval: helpers(host.interval),
    intervals: host.intervals.map(helpers),
  }
}

const isProcedure = (x: unknown): x is AnyProcedure =>
  typeof x === 'object' && x !== null && 'body' in x && typeof x.body === 'function'

/** Every procedure among the values of an object, and of the objects in it. */
function wrapValues<T extends object>(o: T, { wrap }: Wrapper): T {
  return Object.fromEntries(
    Object.entries(o).map(([k, v]) => {
      if (isProcedure(v)) return [k, wrap(v as unknown as Procedure<unknown[], unknown>)]
      if (k === 'intervalSub' && v) return [k, wrapValues(v as object, { wrap })]
      if (k === 'moreIntervalSubs' && Array.isArray(v))
        return [k, v.map((sub: object) => wrapValues(sub, { wrap }))]
      return [k, v]
    }),
  ) as T
}

export function wrapDriver(driver: Driver, hook: Hook<DriverInstance>): Driver {
  return {
    ...driver,
    create(host) {
      const foreign: Foreign = { calls: new WeakSet(), procedures: new Set() }
      const instance = driver.create(hostOf(host, foreign))
      const leaves: Leaves = (op) => foreign.calls.has(op) || foreign.procedures.has(op.procedure)
      const wrapper = createWrapper(hook, leaves, () => instance)
      return {
        ...instance,
        ops: wrapValues<DriverOps>(instance.ops, wrapper),
        activities: Object.fromEntries(
          Object.entries(instance.activities).map(([kind, activity]) => [
            kind,
            { ...activity, run: wrapper.wrap(activity.run) },
          ]),
        ),
        ...(instance.daemons && {
          daemons: instance.daemons.map((d) => ({ ...d, main: wrapper.wrap(d.main) })),
        }),
      }
    },
  }
}

const CORE = /^(mm\/mmu_notifier\.c|include\/linux\/mmu_notifier\.h|mm\/oom_kill\.c)/

/**
 * Every procedure of a policy that `own` says is its own, and what these call in the same files of the kernel. The page-table edits in
 * between and the callbacks of drivers are not the core's.
 */
export function wrapPolicy(
  policy: Policy,
  hook: Hook<Kernel>,
  own: (key: keyof NotifierProcedures) => boolean,
): Policy {
  return {
    ...policy,
    procedures(kernel) {
      const procedures = policy.procedures(kernel)
      // Whatever the kernel looks up by itself is wrapped already, or not to be.
      const leaves: Leaves = ({ procedure: p }) =>
        !CORE.test(p.source.at) || Object.values(kernel.procs).includes(p)
      const { wrap } = createWrapper(hook, leaves, () => kernel)
      return Object.fromEntries(
        Object.entries(procedures).map(([key, p]) => [
          key,
          isProcedure(p) && own(key as keyof NotifierProcedures)
            ? wrap(p as unknown as Procedure<unknown[], unknown>)
            : p,
        ]),
      ) as unknown as NotifierProcedures
    },
  }
}
