/** Registration of the drivers of a cell: before the world begins, or late, while the scenario runs. */
import {
  type Body,
  call,
  eq,
  FS_RECLAIM,
  flag,
  LabError,
  type PrimedOrder,
  type Procedure,
  procedure,
  store,
  waitUntil,
} from '@mmulab/model'
import type { Labelled } from './cell-drivers.ts'
import { countedNotifier } from './counted.ts'
import { intervalHelpers, intervalName, subsOf } from './interval-host.ts'
import type { Kernel, Subscription } from './kernel.ts'
import type { Policy } from './policy.ts'
import { NOTIFIER_MAP } from './range.ts'
import type { Scenario, Stage } from './scenario.ts'
import { registerProcedure } from './subscription.ts'

/** The first registration tells lockdep that reclaim may open sections (66204f1d2d1b). */
export const PRIMED: PrimedOrder = {
  held: FS_RECLAIM,
  taken: NOTIFIER_MAP,
  by: 'mmu_notifier_register()',
}

/** On the list throughout, unless it comes late, may leave, is taken off, or the mm may exit. */
export function subscribe(
  { facts, srcu }: Kernel,
  { label, ops }: Labelled,
  late: boolean,
  { unregisters, uses }: Scenario,
): Subscription {
  const detached = facts.oomDetaches && ops.afterOomUnregister !== undefined
  const changes = late || unregisters || detached || uses.includes('users')
  const life = {
    hashed: changes ? flag(`${label}.hashed`, late ? 0 : 1) : undefined,
    gone: unregisters ? flag(`${label}.freed`) : undefined,
  }
  return { name: label, ops, ...life, counted: countedNotifier(srcu, label, ops, life) }
}

/** 6.6+: mmu_notifier_register() answers -EINVAL to operations that exclude each other. @throws LabError REGISTRATION_REFUSED */
export function mayRegister(policy: Policy, { name, ops }: Subscription): void {
  const brackets = ops.invalidateRangeStart || ops.invalidateRangeEnd
  if (policy.facts.secondaryTlbs !== 'arch-flush' || !ops.invalidateRange || !brackets) return
  throw new LabError({
    code: 'REGISTRATION_REFUSED',
    kind: 'usage',
    message: `${policy.name} does not register ${name}: it has both arch_invalidate_secondary_tlbs and start or end (-EINVAL).`,
    where: name,
    hint: 'The check came with 6.6; mainline@5.12 has none.',
  })
}

/** Has an interval that is there as long as the driver is. */
const insertsItself = ({ ops: { intervalSub } }: Subscription): boolean =>
  intervalSub !== undefined && intervalSub.insertedByDriver !== 'for-a-while'

/** Registration of the newest driver, for scenarios in which it comes late. */
export function lateStage(
  kernel: Kernel,
): Pick<Stage, 'registerLate' | 'insertsLate' | 'whenRegistered'> {
  const [newest] = kernel.subscriptions
  const hashed = newest?.hashed
  const nothing = procedure('nothing registers late', 'user space', function* (): Body<void> {})
  return {
    insertsLate:
      newest !== undefined && insertsItself(newest) && kernel.intervals?.hasItree.init === 1,
    registerLate: newest ? lateRegistration(kernel, newest) : nothing,
    whenRegistered: procedure('wait for the registration', 'user space', function* () {
      if (hashed) yield* waitUntil(eq(hashed, 1), 'the notifier to be registered')
    }),
  }
}

/** A list notifier joins the list; an interval notifier is inserted into the tree. */
function lateRegistration(kernel: Kernel, newest: Subscription): Procedure<[], void> {
  const { hashed, ops, name } = newest
  const listed = ops.invalidateRangeStart || ops.invalidateRangeEnd
  const register = registerProcedure(kernel.mm, newest)
  if (!insertsItself(newest)) return register
  const own = subsOf(ops).map((_, n) => intervalHelpers(kernel, intervalName(name, n)))
  return procedure('register', 'user space', function* () {
    if (listed) yield* call(register)
    for (const each of own) yield* each.insert()
    if (hashed && !listed) yield* store(hashed, 1)
  })
}
