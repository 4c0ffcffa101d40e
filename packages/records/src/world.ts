/**
 * The world that a record is held against: the policy's own procedures over a list of scripted notifiers, linked by the
 * checker like any other world. Nothing here knows what a policy does after a refusal.
 *
 * Every task slot is one automaton: "some mm operation opens a section, does what it does, and closes it". What the record answers is a
 * `callOut` (script.ts); what it leaves open (which operation it was, whether the reaper goes on to another VMA) is one too,
 * and the judge tries every answer. The probes of a record are a patch like any other.
 */
import { type Automaton, link } from '@mmulab/checker'
import {
  applyPatch,
  createMm,
  type Intervals,
  type Kernel,
  type Mm,
  type NotifierProcedures,
  type Policy,
  registerProcedure,
  type Subscription,
  type Vma,
} from '@mmulab/core'
import {
  call,
  type Procedure,
  procedure,
  srcu,
  store,
  task,
  type Variable,
  variable,
} from '@mmulab/model'
import { infer, OUTSIDE } from './calls.ts'
import { intervalsFor, meets, pagesOf } from './intervals.ts'
import type { RecordEvent } from './record.ts'
import type { Roster } from './roster.ts'
import { probes, subscription } from './script.ts'
import { type Kernels, type Kind, kindsOf, sectionProcedure } from './sections.ts'

export interface Machine {
  /** One per task that can be inside sections at the same time. */
  readonly slots: readonly Automaton[]
  /** Changes the list: `joins(i)` and `leaves(i)` are its answers for member i. */
  readonly list: Automaton
  readonly variables: readonly Variable[]
  /** What a task may begin, by the answers of FRESH. */
  readonly kinds: readonly Kind[]
  /** What happens to it when depends on what else is going on; empty without interval notifiers. */
  readonly shared: ReadonlySet<Variable>
  /** The interval notifiers that a line's range meets. */
  readonly met: (event: RecordEvent) => string
}

export const joins = (member: number): number => 2 * member
export const leaves = (member: number): number => 2 * member + 1

/** More sections than this inside each other in one task are not followed. */
export const NEST_LIMIT = 8

/** @throws LabError when a policy cannot be recorded with so many notifiers */
export function buildMachine(policy: Policy, roster: Roster): Machine {
  const kernels = createKernels(applyPatch(policy, probes(roster)), roster)
  const kernel = kernels.kernelFor([])
  const kinds = kindsOf(kernels, roster)
  const section = sectionProcedure(kinds)
  const linked = link({
    name: `record under ${policy.name}`,
    tasks: [
      ...Array.from({ length: roster.slots }, (_, i) => task(`task${i}`, section, [])),
      task('list', listProcedure(kernel), []),
    ],
    invariants: [],
    sometimes: [],
    measures: [],
    notClaimed: {},
  })
  const slots = linked.automata.slice(0, -1)
  const list = linked.automata.at(-1)
  if (!list) throw new Error('the world of a record has no tasks')
  const members = roster.intervals?.members ?? []
  return {
    slots,
    list,
    variables: linked.variables.map((v) => v.variable),
    kinds,
    shared: new Set(kernel.intervals ? variablesOf(kernel.intervals) : []),
    met: (event) => (members.length ? meets(members, event).join() : ''),
  }
}

const variablesOf = ({ hasItree, seq, active, nodes }: Intervals): Variable[] => [
  hasItree,
  seq,
  active,
  ...nodes.flatMap((n) => [n.seq, n.deferred, ...(n.inTree ? [n.inTree] : [])]),
]

/**
 * One mm; a kernel for every VMA that may be reaped in it. Nothing is mapped: a record says nothing of what happens between
 * start and end. Besides the pages of intervals there is one that sections are about, and one that only rmap is.
 */
function createKernels(policy: Policy, roster: Roster): Kernels {
  const open = roster.slots * NEST_LIMIT
  const made = createMm({
    vmas: 1,
    pagesPerVma: OUTSIDE + (roster.intervals?.members.length ?? 0),
    sparePages: 0,
    holders: 0,
    openSections: open,
  })
  const mm: Mm = { ...made, pte: made.pte.map((v) => variable(v.name, { max: v.max })) }
  const [vma] = mm.vmas as [Vma]
  const intervals: Intervals | undefined =
    roster.intervals && intervalsFor(roster.intervals, open, () => intervals)
  const shared = {
    intervals,
    srcu: srcu('srcu', 2),
    allocator: {
      shortages: undefined,
      directReclaim: procedure(
        'try_to_free_pages',
        'mm/vmscan.c:try_to_free_pages',
        function* () {},
      ),
    },
    facts: policy.facts,
    reapAttempts: 1,
  }
  const make = (vmas: readonly Vma[], subscriptions: readonly Subscription[]): Kernel => {
    const kernel: Kernel = {
      ...shared,
      subscriptions,
      mm: { ...mm, vmas },
      get procs(): NotifierProcedures {
        return procs
      },
    }
    const procs = policy.procedures(kernel)
    return kernel
  }
  const list = roster.members.map(subscription).reverse()
  const kernels = new Map<string, Kernel>()
  const kernelFor: Kernels['kernelFor'] = (met) => {
    const known = kernels.get(met.join()) ?? make([{ ...vma, pages: pagesOf(met) }], list)
    kernels.set(met.join(), known)
    return known
  }
  // Of those on the list, the record tells by itself when each is released.
  return { kernelFor, releaser: make([], []) }
}

/** Joining the list keeps all sections out (mm_take_all_locks); leaving it does not. */
function listProcedure(kernel: Kernel): Procedure<[], void> {
  const members = [...kernel.subscriptions].reverse()
  const changes = members.flatMap((sub) => [
    registerProcedure(kernel.mm, sub),
    procedure('hlist_del_init_rcu', 'mm/mmu_notifier.c:mmu_notifier_unregister', function* () {
      if (sub.hashed) yield* store(sub.hashed, 0)
    }),
  ])
  return procedure('list', 'mm/mmu_notifier.c', function* () {
    const change = changes[yield* infer('list', changes.length)]
    if (change) yield* call(change)
  })
}
