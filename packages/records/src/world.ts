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
  type Kernel,
  type NotifierProcedures,
  type Policy,
  registerProcedure,
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
import type { Roster } from './roster.ts'
import { infer, probes, subscription } from './script.ts'
import { sectionProcedure } from './sections.ts'

export interface Machine {
  /** One per task that can be inside sections at the same time. */
  readonly slots: readonly Automaton[]
  /** Changes the list: `joins(i)` and `leaves(i)` are its answers for member i. */
  readonly list: Automaton
  readonly variables: readonly Variable[]
}

export const joins = (member: number): number => 2 * member
export const leaves = (member: number): number => 2 * member + 1

/** More sections than this inside each other in one task are not followed. */
export const NEST_LIMIT = 8

/** @throws LabError when a policy cannot be recorded with so many notifiers */
export function buildMachine(policy: Policy, roster: Roster): Machine {
  const kernel = createKernel(applyPatch(policy, probes(roster)), roster)
  const section = sectionProcedure(kernel, roster)
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
  return { slots, list, variables: linked.variables.map((v) => v.variable) }
}

/** One VMA and one page beside it, both unmapped: a record says nothing of what happens between start and end. */
function createKernel(policy: Policy, roster: Roster): Kernel {
  const mm = createMm({
    vmas: 2,
    pagesPerVma: 1,
    sparePages: 0,
    holders: 0,
    openSections: roster.slots * NEST_LIMIT,
  })
  const kernel: Kernel = {
    mm: {
      ...mm,
      pte: mm.pte.map((v) => variable(v.name, { max: v.max })),
      vmas: mm.vmas.slice(0, 1),
    },
    subscriptions: roster.members.map(subscription).reverse(),
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
    get procs(): NotifierProcedures {
      return procs
    },
  }
  const procs = policy.procedures(kernel)
  return kernel
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
