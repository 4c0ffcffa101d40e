/** Rules about locks that are read off the procedures themselves, without a world: which lock guards what. */
import type { Cell, DriverInstance } from '@mmulab/core'
import type { Expr, Variable } from '@mmulab/model'
import { broken, type Case, KEPT, type Path } from './case.ts'
import { createKit, type Kit, type KitOptions } from './kit.ts'
import {
  createSurvey,
  isShared,
  SHARED,
  type Site,
  type Survey,
  shared,
  touched,
  walk,
} from './mutants/survey.ts'
import { wrapDriver } from './mutants/wrap.ts'
import { guarded } from './shape.ts'

export interface Undisciplined {
  readonly rule: string
  /** What it is about; two findings about one thing are one. */
  readonly about: string
  readonly message: string
  readonly path?: Path
}

interface Discipline {
  readonly id: string
  readonly rule: string
  readonly kernelReference: string
  readonly look: (survey: Survey, roots: Roots) => Omit<Undisciplined, 'rule'>[]
  /** Also asked of what a device does when it goes: others need no lock against it any more, but it gives back its own. */
  readonly leaving?: true
}

/** Procedures that are called from outside, by what they are. */
interface Roots {
  readonly all: ReadonlySet<string>
  /** Those that tell of a section that begins. */
  readonly starts: ReadonlySet<string>
  /** Run beside everything else. */
  readonly workers: ReadonlySet<string>
  /** Come back to somebody who holds none of the driver's locks, and do not stand for a section that begins. */
  readonly returning: ReadonlySet<string>
}

function rootsOf({ ops, activities, daemons }: DriverInstance): Roots {
  const names = (list: readonly ({ readonly name: string } | undefined)[]): string[] =>
    list.flatMap((p) => (p ? [p.name] : []))
  const returning = names([
    ops.invalidateRangeEnd,
    ops.release,
    ops.freeNotifier,
    ops.afterOomUnregister,
    ...Object.values(activities).map((a) => a.run),
    ...(daemons ?? []).map((d) => d.main),
  ])
  const starts = names([
    ops.invalidateRangeStart,
    ops.invalidateRange,
    ops.intervalSub?.invalidate,
    ...(ops.moreIntervalSubs ?? []).map((sub) => sub.invalidate),
  ])
  const workers = names((daemons ?? []).map((d) => d.main))
  return {
    returning: new Set(returning),
    starts: new Set(starts),
    workers: new Set(workers),
    all: new Set([...returning, ...starts]),
  }
}

/** Locks that are held whenever a procedure is entered: those of all its callers. */
export function entryLocks(
  { sites }: Pick<Survey, 'sites'>,
  { all }: Roots,
): (procedure: string) => ReadonlySet<string> {
  const entry = new Map<string, ReadonlySet<string>>()
  for (let changed = true; changed; ) {
    changed = false
    for (const { op, procedure, locks } of sites) {
      if (op.kind !== 'call' || all.has(op.procedure.name)) continue
      const held = new Set([...locks, ...(entry.get(procedure) ?? [])])
      const known = entry.get(op.procedure.name)
      const next = known ? new Set([...known].filter((l) => held.has(l))) : held
      if (known && next.size === known.size) continue
      entry.set(op.procedure.name, next)
      changed = true
    }
  }
  return (procedure) => entry.get(procedure) ?? new Set()
}

/** Primitives that need no lock, as the language labels them. */
const ATOMIC =
  /^(atomic_|refcount_|xchg|cmpxchg|wake_up|rcuwait_|complete|queue_work|cancel_work|put_page|unpin_user|get_user|pin_user)/

const pathTo = ({ procedure, path }: Site): Path => ({ procedure, lines: path })

/** A variable that is written under a lock in one place, and without it in another. */
function oneLock(survey: Survey, roots: Roots): Omit<Undisciplined, 'rule'>[] {
  const entry = entryLocks(survey, roots)
  const writers = new Map<string, Site[]>()
  for (const site of survey.sites)
    if (site.op.kind === 'step' && !site.op.lock && !ATOMIC.test(site.op.label))
      for (const { to } of site.op.assign)
        if (to.kind === 'variable') writers.set(to.name, [...(writers.get(to.name) ?? []), site])
  return [...writers].flatMap(([name, sites]) => {
    const held = sites.map((s) => [...s.locks, ...entry(s.procedure)].filter((l) => !isShared(l)))
    const guarded = held.findIndex((locks) => locks.length > 0)
    const locks = held[guarded] ?? []
    if (locks.length === 0 || locks.some((l) => held.every((h) => h.includes(l)))) return []
    const other = sites.find((_, i) => !locks.some((l) => held[i]?.includes(l))) ?? sites[0]
    return [
      {
        about: name,
        message: `${name} is written under ${locks.join(', ')}, but not by "${other?.line}" in ${other?.procedure}()`,
        ...(other && { path: pathTo(other) }),
      },
    ]
  })
}

/** In C an increment is a load and a store: without a lock that keeps everybody else out, one of two gets lost. */
function countedUnderLock(survey: Survey, roots: Roots): Omit<Undisciplined, 'rule'>[] {
  const entry = entryLocks(survey, roots)
  return survey.sites.flatMap(({ op, line, procedure, locks, path }) => {
    if (op.kind !== 'step' || op.lock || ATOMIC.test(op.label)) return []
    const counted = op.assign.find(({ to, value }) => to.kind === 'variable' && counts(to, value))
    const alone = [...locks, ...entry(procedure)].some((l) => !isShared(l))
    if (!counted || alone) return []
    const message = `"${line}" in ${procedure}() counts without a lock`
    return [{ about: line, message, path: { procedure, lines: path } }]
  })
}

const counts = (to: Variable, value: Expr): boolean =>
  value.k === 'bin' && ['add', 'sub'].includes(value.op) && value.a.k === 'var' && value.a.v === to

/** With all that they call. */
function reachedFrom({ sites }: Survey, procedures: ReadonlySet<string>): ReadonlySet<string> {
  const all = new Set(procedures)
  for (const p of all)
    for (const { op, procedure } of sites)
      if (procedure === p && op.kind === 'call') all.add(op.procedure.name)
  return all
}

const withoutMode = (lock: string): string =>
  isShared(lock) ? lock.slice(0, -SHARED.length) : lock

/** What a start or a worker looks at under a lock, such as whether an object is in its tree, and somebody else writes without it. */
function writtenAsLookedAt(survey: Survey, roots: Roots): Omit<Undisciplined, 'rule'>[] {
  const entry = entryLocks(survey, roots)
  const held = ({ locks, procedure }: Site): string[] => [...locks, ...entry(procedure)]
  const steps = survey.sites.filter(({ op }) => op.kind === 'step' && !op.lock)
  const lookedAtBy = (who: ReadonlySet<string>) => {
    const within = reachedFrom(survey, who)
    return steps.flatMap((s) => {
      if (s.op.kind !== 'step' || ATOMIC.test(s.op.label) || within.has(s.procedure)) return []
      // That has a rule of its own, below.
      if (SET_SEQ.test(s.line)) return []
      return s.op.assign.flatMap(({ to }) => {
        if (to.kind !== 'variable') return []
        const looks = steps.filter(
          (l) => within.has(l.procedure) && !writes(l, to) && looksAt(l, to),
        )
        const [first] = looks
        const locks = (first ? held(first).map(withoutMode) : []).filter((lock) =>
          looks.every((l) => held(l).map(withoutMode).includes(lock)),
        )
        const own = held(s).filter((l) => !isShared(l))
        if (locks.length === 0 || locks.some((l) => own.includes(l))) return []
        const message = `"${s.line}" in ${s.procedure}() is not under ${locks.join(', ')}, under which ${first?.procedure}() looks at ${to.name}`
        return [{ about: `${to.name} in ${s.procedure}`, message, path: pathTo(s) }]
      })
    })
  }
  return [...lookedAtBy(roots.starts), ...lookedAtBy(roots.workers)]
}

const looksAt = ({ op }: Site, v: Variable): boolean =>
  [...touched(op)].some(({ name }) => name === v.name)

const writes = ({ op }: Site, v: Variable): boolean =>
  op.kind === 'step' && op.assign.some(({ to }) => to.kind === 'variable' && to.name === v.name)

function locksGivenBack(
  { leaks, leakPaths }: Survey,
  { returning }: Roots,
): Omit<Undisciplined, 'rule'>[] {
  return [...leaks].flatMap(([procedure, locks]) =>
    locks.size > 0 && returning.has(procedure)
      ? [
          {
            about: procedure,
            message: `${procedure}() comes back with ${[...locks].join(', ')} held`,
            path: { procedure, lines: leakPaths.get(procedure) ?? [] },
          },
        ]
      : [],
  )
}

const SET_SEQ = /^mmu_interval_set_seq\(/
const READ_RETRY = /^mmu_interval_read_retry\(/

/** The number that invalidate() leaves behind and each look at it: both under one lock, or the look may come in between. */
function setSeqUnderLock(survey: Survey, roots: Roots): Omit<Undisciplined, 'rule'>[] {
  const entry = entryLocks(survey, roots)
  const held = ({ locks, procedure }: Site): string[] => [...locks, ...entry(procedure)]
  const sets = survey.sites.filter((s) => SET_SEQ.test(s.line))
  return survey.sites.flatMap((look) => {
    if (!READ_RETRY.test(look.line)) return []
    const locks = held(look).map(withoutMode)
    return sets.flatMap((s) => {
      if (held(s).some((l) => !isShared(l) && locks.includes(l))) return []
      const message = `"${s.line}" in ${s.procedure}() is under no lock that ${look.procedure}() holds where it asks "${look.line}"`
      return [{ about: `${s.line} ${look.procedure}`, message, path: pathTo(look) }]
    })
  })
}

const LOOK_UP = 'faultin_page'
const holdsMmapLock = (locks: ReadonlySet<string>): boolean =>
  locks.has('mmap_lock') || locks.has(shared('mmap_lock'))

function mmapLockHeld(survey: Survey, roots: Roots): Omit<Undisciplined, 'rule'>[] {
  const entry = entryLocks(survey, roots)
  return survey.sites.flatMap(({ op, procedure, locks, path }) =>
    op.kind === 'call' &&
    op.procedure.name === LOOK_UP &&
    !holdsMmapLock(locks) &&
    !holdsMmapLock(entry(procedure))
      ? [
          {
            about: procedure,
            message: `${procedure}() looks a page up without mmap_lock`,
            path: { procedure, lines: path },
          },
        ]
      : [],
  )
}

const DISCIPLINES: readonly Discipline[] = [
  {
    id: 'one-lock',
    rule: 'What is written under a lock is written under it everywhere.',
    kernelReference: 'Documentation/locking/spinlocks.rst; KCSAN, kernel/kcsan/core.c',
    look: oneLock,
  },
  {
    id: 'counts-under-lock',
    rule: 'What is counted up or down is counted under a lock, or by an atomic operation.',
    kernelReference: 'tools/memory-model/Documentation/access-marking.txt; kernel/kcsan/core.c',
    look: countedUnderLock,
  },
  {
    id: 'written-as-looked-at',
    rule: 'What a start or a worker looks at under a lock is written under that lock.',
    kernelReference: 'kernel/kcsan/core.c; include/linux/interval_tree.h, whose callers lock',
    look: writtenAsLookedAt,
  },
  {
    id: 'set-seq-under-lock',
    rule: 'The number of a section is set under a lock that is held wherever it is asked for.',
    kernelReference:
      'include/linux/mmu_notifier.h: mmu_interval_set_seq(), mmu_interval_read_retry()',
    look: setSeqUnderLock,
  },
  {
    id: 'gives-locks-back',
    rule: 'What the device does on its own, the end of a section, and its release come back without a lock.',
    kernelReference: 'kernel/locking/lockdep.c:debug_check_no_locks_held',
    look: locksGivenBack,
    leaving: true,
  },
  {
    id: 'mmap-lock-held',
    rule: 'Pages are looked up under mmap_lock.',
    kernelReference: 'mm/pagewalk.c: mmap_assert_locked(); mm/hmm.c:hmm_range_fault',
    look: mmapLockHeld,
  },
]

export interface Observed {
  /** While the device is in use. */
  readonly survey: Survey
  /** And when it goes. */
  readonly whole: Survey
  readonly kit: Kit
  readonly roots: Roots
  readonly instance: DriverInstance | undefined
  readonly virtualPages: readonly number[]
}

/** Between them these run everything that a driver does while it is in use, with ranges of both kinds. */
const IN_USE: readonly string[] = [
  'dontneed',
  'oom-reap',
  'kit-two-pages',
  'kit-cold-start',
  'kit-pin-beside-section',
]
/** And these what it does when it goes. */
const GOING: readonly string[] = ['unregister-in-section', 'exit', 'kit-use-then-leave']

/** Runs every procedure of a driver once along every path. */
export function observe(
  driver: Parameters<typeof wrapDriver>[0],
  options: KitOptions = {},
): Observed {
  const inUse = surveyOf(driver, options, IN_USE)
  const { survey: whole } = surveyOf(driver, options, [...IN_USE, ...GOING])
  const [cell] = inUse.cells
  const instance = cell?.instances[0]
  const roots = instance
    ? rootsOf(instance)
    : {
        all: new Set<string>(),
        starts: new Set<string>(),
        returning: new Set<string>(),
        workers: new Set<string>(),
      }
  const virtualPages = cell?.kernel.mm.virtualPages ?? []
  return { survey: inUse.survey, whole, kit: inUse.kit, roots, instance, virtualPages }
}

function surveyOf(
  driver: Parameters<typeof wrapDriver>[0],
  options: KitOptions,
  scenarios: readonly string[],
): { readonly survey: Survey; readonly kit: Kit; readonly cells: readonly Cell[] } {
  const { hook, survey } = createSurvey<DriverInstance>()
  const kit = createKit(wrapDriver(driver, hook), options)
  const names = scenarios.flatMap((scenario) => kit.name({ scenario, core: 'leaves' }) ?? [])
  return { survey, kit, cells: walk(kit.lab, names) }
}

const found = (
  { look, leaving }: Discipline,
  { survey, whole, roots }: Observed,
): Omit<Undisciplined, 'rule'>[] => look(leaving ? whole : survey, roots)

/** Everything that any of the rules has to say, also of a device that goes. */
export const undisciplined = ({ whole, roots }: Observed): Undisciplined[] =>
  DISCIPLINES.flatMap(({ id, look }) => look(whole, roots).map((u) => ({ ...u, rule: id })))

export function disciplineCases(
  driver: Parameters<typeof wrapDriver>[0],
  options: KitOptions,
): Case[] {
  let observed: Observed | undefined
  return DISCIPLINES.map((d) => ({
    id: d.id,
    rule: d.rule,
    kernelReference: d.kernelReference,
    run: () =>
      guarded(() => {
        observed ??= observe(driver, options)
        const [first] = found(d, observed)
        if (!first) return KEPT
        const { message, path } = first
        return broken({ message, ...(path && { path }) })
      }),
  }))
}
