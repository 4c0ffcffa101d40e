/** One cell of the lab: a policy, drivers in the order of their registration, and a scenario become a world. */
import {
  type Allocator,
  all,
  type Body,
  type ClaimId,
  call,
  downRead,
  eq,
  FS_RECLAIM,
  flag,
  type Gfp,
  type Invariant,
  LabError,
  ne,
  not,
  or,
  type PrimedOrder,
  type Procedure,
  procedure,
  srcu,
  store,
  type TaskSpec,
  task,
  upRead,
  type Variable,
  variable,
  type World,
  waitUntil,
} from '@mmulab/model'
import type { ActivityKind, Driver, DriverHost, DriverInstance } from './driver.ts'
import { faultInProcedure, gupProcedure } from './gup.ts'
import type { Intervals } from './interval.ts'
import { intervalHelpers, intervalsOf } from './interval-host.ts'
import type { Kernel, NotifierProcedures, Subscription } from './kernel.ts'
import { unregisterOwn } from './lifecycle.ts'
import { createMm, entry, type Mm, noSectionOpen } from './mm.ts'
import { isFree, putPage, unpinUserPage } from './pages.ts'
import type { Policy } from './policy.ts'
import { NOTIFIER_MAP } from './range.ts'
import { shrinkPageListProcedure } from './reclaim.ts'
import type { Bounds, Offer, Scenario, Scene, Size, Stage } from './scenario.ts'
import { registerProcedure } from './subscription.ts'

export interface CellOptions {
  readonly policy: Policy
  /** In the order of registration: the last one is called first. */
  readonly drivers: readonly Driver[]
  readonly scenario: Scenario
  readonly size: Size
}

export interface Cell extends CellOptions {
  readonly world: World
  readonly bounds: Bounds
  readonly kernel: Kernel
  readonly instances: readonly (DriverInstance & { readonly label: string })[]
}

/** @throws LabError NOT_APPLICABLE when no driver offers what the scenario needs */
export function buildCell(options: CellOptions): Cell {
  const { policy, drivers, scenario, size } = options
  const refusal = scenario.refuses?.(policy.facts)
  if (refusal !== undefined)
    throw new LabError({
      code: 'NOT_APPLICABLE',
      kind: 'usage',
      message: `The scenario ${scenario.name} says nothing about ${policy.name}: ${refusal}.`,
      where: scenario.name,
    })
  const bounds = scenario.sizes[size]
  const late = scenario.registersLate ? drivers.length - 1 : -1
  const warm = (i: number): boolean =>
    i !== late && !scenario.cold.some((kind) => drivers[i]?.offers.includes(kind))
  const subscriptions: Subscription[] = []
  const mm: Mm = {
    ...createMm({
      ...bounds,
      holders: drivers.filter((d, i) => d.pins && warm(i)).length,
      openSections: bounds.sections,
    }),
    get secondaryTlbs() {
      return subscriptions.flatMap(({ ops }) => ops.invalidateRange ?? [])
    },
  }

  // Direct reclaim runs the policy's own procedures, which are made below; the allocator finds them when it is used.
  const allocator: Allocator = {
    shortages: bounds.shortages
      ? variable('shortages', { max: bounds.shortages, init: bounds.shortages })
      : undefined,
    directReclaim: procedure(
      'try_to_free_pages',
      'mm/vmscan.c:try_to_free_pages',
      function* (gfp: Gfp) {
        yield* call(shrink, gfp)
      },
    ),
    reclaimMap: policy.facts.notifierMap === 'fs_reclaim' ? NOTIFIER_MAP : undefined,
  }
  let intervals: Intervals | undefined
  const kernel: Kernel = {
    mm,
    subscriptions,
    get intervals(): Intervals | undefined {
      return intervals
    },
    srcu: srcu('srcu', 2),
    allocator,
    facts: policy.facts,
    reapAttempts: bounds.reapAttempts,
    get procs(): NotifierProcedures {
      return procs
    },
  }
  const procs = policy.procedures(kernel)
  const shrink = shrinkPageListProcedure(kernel)

  const labels = labelsOf(drivers)
  const get = gupProcedure(kernel, 'reference')
  const look = faultInProcedure(kernel, 'nothing')
  const pin = gupProcedure(kernel, 'pin')
  const pinLocked = faultInProcedure(kernel, 'pin')
  const instances = drivers.map((driver, i) => {
    const label = labels[i] ?? driver.name
    const host: DriverHost = {
      label,
      virtualPages: mm.virtualPages,
      pageCount: mm.pages.count,
      sections: bounds.sections,
      ends: 2 * bounds.sections,
      warm: warm(i),
      allocator,
      interval: intervalHelpers(kernel, label),
      unregister: () => unregisterOwn(kernel, label),
      getUserPage: (va) => call(get, va),
      pinUserPage: (va) => call(pin, va),
      pinUserPageLocked: (va) => call(pinLocked, va),
      lookUpPage: (va) => call(look, va),
      mmapReadLock: () => downRead(mm.mmapLock),
      mmapReadUnlock: () => upRead(mm.mmapLock),
      putPage: (page) => putPage(mm.pages, page),
      unpinUserPage: (page) => unpinUserPage(mm.pages, page),
    }
    return { ...driver.create(host), label }
  })
  for (const [i, instance] of instances.entries())
    subscriptions.unshift({
      name: instance.label,
      ops: instance.ops,
      hashed: hashedOf(instance.label, i === late, scenario),
      gone: scenario.unregisters ? flag(`${instance.label}.freed`) : undefined,
    })

  for (const sub of subscriptions) mayRegister(policy, sub)
  intervals = intervalsOf(
    policy,
    instances.map((d, i) => ({
      ...d,
      warm: warm(i),
      late: i === late,
      leaves: scenario.unregisters && d.activities.unregister !== undefined,
    })),
    bounds.sections,
  )

  const newest = subscriptions[0]
  const stage: Stage = {
    kernel,
    bounds,
    offers: (kind) => offersOf(instances, kind),
    tasks: (kind, how) => activityTasks(instances, kind, bounds.faults, how?.after),
    ...lateStage(kernel, newest),
  }
  if (scenario.needs.length && !scenario.needs.some((kind) => stage.offers(kind).length))
    throw new LabError({
      code: 'NOT_APPLICABLE',
      kind: 'usage',
      message: `The scenario ${scenario.name} needs a driver that offers ${scenario.needs.join(' or ')}; ${labels.join(' and ')} ${labels.length > 1 ? 'do' : 'does'} not.`,
      where: scenario.name,
      hint: 'mmulab list drivers shows what each driver offers.',
    })
  const scene = scenario.build(stage)
  const name = `${policy.name} ${drivers.map(nameOf).join('+')} ${scenario.name}`
  return {
    ...options,
    bounds,
    kernel,
    instances,
    world: {
      name,
      tasks: [...scene.tasks, ...instances.flatMap((d) => d.daemons ?? [])],
      invariants: [...instances.flatMap((d) => invariantsOf(kernel, d)), ...coreInvariants(kernel)],
      goals: scene.goals ?? [],
      sometimes: scene.sometimes,
      measures: scene.measures ?? [],
      notClaimed: notClaimed(instances, scene),
      preemptRt: policy.facts.preemptRt,
      primed: policy.facts.notifierMap === 'primed' ? [PRIMED] : [],
    },
  }
}

/** On the list throughout, unless it comes late or may leave. */
function hashedOf(label: string, late: boolean, { unregisters }: Scenario): Variable | undefined {
  return late || unregisters ? flag(`${label}.hashed`, late ? 0 : 1) : undefined
}

/** 6.6+: mmu_notifier_register() answers -EINVAL to operations that exclude each other. @throws LabError REGISTRATION_REFUSED */
function mayRegister(policy: Policy, { name, ops }: Subscription): void {
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

/** The first registration tells lockdep that reclaim may open sections (66204f1d2d1b). */
const PRIMED: PrimedOrder = {
  held: FS_RECLAIM,
  taken: NOTIFIER_MAP,
  by: 'mmu_notifier_register()',
}

/** `name@era`, with `~variant` where it is one. */
export const nameOf = (d: Driver): string => `${d.name}@${d.era}`

/** Two drivers of one kind get numbers: kvm, kvm2. */
function labelsOf(drivers: readonly Driver[]): string[] {
  const seen = new Map<string, number>()
  return drivers.map((d) => {
    const stem = d.name.split('~')[0] ?? d.name
    const n = (seen.get(stem) ?? 0) + 1
    seen.set(stem, n)
    return n === 1 ? stem : `${stem}${n}`
  })
}

type Labelled = DriverInstance & { readonly label: string }

function offersOf(instances: readonly Labelled[], kind: ActivityKind): Offer[] {
  return instances.flatMap((d) => {
    const activity = d.activities[kind]
    return activity ? [{ ...activity, driver: d.label, kind }] : []
  })
}

/** One task per offer, or per page of it; `after` is run first and holds the task back. */
function activityTasks(
  instances: readonly Labelled[],
  kind: ActivityKind,
  faults: number,
  after: Procedure<[], unknown> | undefined,
): TaskSpec[] {
  const names = new Map<string, number>()
  return offersOf(instances, kind).flatMap((offer) => {
    const pages = offer.perPage ? Array.from({ length: faults }, (_, va) => va) : [0]
    return pages.map((va) => {
      const n = names.get(offer.task) ?? 0
      names.set(offer.task, n + 1)
      const name = offer.perPage || n > 0 ? `${offer.task}${n}` : offer.task
      if (!after) return task(name, offer.run, [va])
      const held = procedure(
        name,
        `${offer.driver}: ${kind}, held back`,
        function* (page: number): Body<void> {
          yield* call(after)
          yield* call(offer.run, page)
        },
      )
      return task(name, held, [va])
    })
  })
}

/** Registration of the newest driver, for scenarios in which it comes late. */
function lateStage(
  kernel: Kernel,
  newest: Subscription | undefined,
): Pick<Stage, 'registerLate' | 'insertsLate' | 'whenRegistered'> {
  const hashed = newest?.hashed
  const nothing = procedure('nothing registers late', 'user space', function* (): Body<void> {})
  return {
    insertsLate: newest?.ops.intervalSub !== undefined && kernel.intervals?.hasItree.init === 1,
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
  if (!ops.intervalSub) return register
  const own = intervalHelpers(kernel, name)
  return procedure('register', 'user space', function* () {
    if (listed) yield* call(register)
    yield* own.insert()
    if (hashed && !listed) yield* store(hashed, 1)
  })
}

/** The promises of one driver; domain of discourse: its own page table, its own counters. */
function invariantsOf(kernel: Kernel, d: Labelled): Invariant[] {
  const { mm } = kernel
  const quiet = noSectionOpen(mm)
  const invariants: Invariant[] = []
  for (const va of mm.virtualPages) {
    const mapped = d.mapping(va)
    if (!d.notClaimed?.memory)
      invariants.push({
        claim: 'memory',
        holds: all(mm.pages.refs, (_, i) => or(ne(mapped, i + 1), not(isFree(mm.pages, i + 1)))),
        message: `${d.label} maps a page at ${entry(mm, va).name} that has been freed`,
      })
    const open = mm.open[va]
    if (open && !d.notClaimed?.coherence)
      invariants.push({
        claim: 'coherence',
        holds: or(ne(open, 0), eq(mapped, 0), eq(mapped, entry(mm, va)), eq(mm.exited, 1)),
        message: `${d.label} maps a page at ${entry(mm, va).name} that the CPU page table no longer backs, and no section is open`,
      })
  }
  // Whoever has left may keep what it counted: it heard a start, and will not hear the end. Nor is there anything to count once
  // the mm has exited.
  const own = kernel.subscriptions.find((s) => s.name === d.label)
  const left = own?.gone && own.hashed ? [eq(own.hashed, 0), eq(mm.exited, 1)] : []
  for (const { what, value } of d.inFlight)
    invariants.push({
      claim: 'balance',
      holds: or(not(quiet), eq(value, 0), ...left),
      message: `no section is open, and ${what} is not back to 0: a start that nobody ended`,
    })
  return invariants
}

/** What the core itself counts. */
function coreInvariants({ mm, intervals }: Kernel): Invariant[] {
  if (!intervals) return []
  const { active } = intervals
  return [
    {
      claim: 'balance',
      holds: or(not(noSectionOpen(mm)), eq(active, 0)),
      message: `no section is open, and ${active.name} is not back to 0`,
    },
  ]
}

function notClaimed(
  instances: readonly Labelled[],
  scene: Scene,
): Partial<Record<ClaimId, string>> {
  const out: Partial<Record<ClaimId, string>> = {}
  if (!scene.measures?.some((m) => m.claim === 'oom')) out.oom = 'no OOM reaper runs here'
  for (const claim of ['memory', 'coherence'] as const) {
    const reasons = instances.map((d) => d.notClaimed?.[claim])
    if (reasons.length && reasons.every((r) => r !== undefined)) out[claim] = reasons.join('; ')
  }
  return out
}
