/**
 * All mutants of a policy: the notifier core broken in every classic way, one place at a time. A version is mutated in everything it
 * has; a patch only in the procedures that it puts in the place of its base's.
 */
import type { Kernel, NotifierProcedures, Policy } from '@mmulab/core'
import { benchOf } from '../policy-bench.ts'
import * as operators from './operators.ts'
import { createSurvey, type Survey, walk } from './survey.ts'
import { type AnyProcedure, wrapPolicy } from './wrap.ts'

export interface PolicyMutant {
  /** `mainline@5.12/invoke_start: drop the effect non_block_start()`. */
  readonly name: string
  readonly operator: string
  readonly policy: Policy
  readonly mutation: operators.Mutation<Kernel>
}

/** What a policy has that its base has not, by the names of the procedures; everything, where there is no base. */
export type Own = (key: keyof NotifierProcedures) => boolean

export function mutantsOfPolicy(
  policy: Policy,
  own: Own = () => true,
): { mutants: PolicyMutant[]; survey: Survey } {
  const { hook, survey } = createSurvey<Kernel>()
  const { lab, names } = benchOf(wrapPolicy(policy, hook, own))
  walk(lab, names)
  const inCore: Survey = {
    ...survey,
    sites: survey.sites.filter(
      (s) => NOTIFIER.test(survey.sourceOf(s.procedure)) && !INSTRUMENT.test(s.line),
    ),
  }
  const mutations = [
    ...operators.dropped<Kernel>(inCore),
    ...operators.uncalled<Kernel>(survey, isCore),
    ...operators.unheard<Kernel>(survey, isCore),
    ...operators.silenced<Kernel>(survey),
    ...operators.kept<Kernel>(inCore),
    ...operators.unlocked<Kernel>(inCore),
    ...operators.trylocks<Kernel>(inCore),
    ...operators.forced<Kernel>(inCore),
    ...operators.swaps<Kernel>(inCore),
    ...operators.outcomes<Kernel>(survey),
  ]
  const mutants = mutations.map((mutation) => ({
    name: `${policy.name}/${mutation.name}`,
    operator: mutation.operator,
    policy: wrapPolicy(policy, mutation.hook, own),
    mutation,
  }))
  return { mutants: [...mutants, ...walks(policy, own)], survey }
}

/** The walk over the list as a whole; of a patch that has a walk of its own. */
function walks(policy: Policy, own: Own): PolicyMutant[] {
  if (!own('hlistInvalidateRangeStart') && !own('hlistInvalidateRangeEnd')) return []
  return WALKS.map(({ words, change, lawful }) => {
    const mutation: operators.Mutation<Kernel> = {
      name: words,
      operator: 'wrong walk',
      lines: [],
      ...(lawful !== undefined && { lawful }),
      hook: (_p, _args, body) => body,
    }
    return {
      name: `${policy.name}/${words}`,
      operator: mutation.operator,
      policy: { ...policy, procedures: (kernel) => policy.procedures(seen(kernel, change)) },
      mutation,
    }
  })
}

type List = Kernel['subscriptions']
const WALKS: readonly {
  readonly words: string
  readonly change: (list: List) => List
  readonly lawful?: string
}[] = [
  {
    words: 'the list is walked from its end',
    change: (list) => [...list].reverse(),
    lawful: 'it promises no order, and breaks no rule in this one',
  },
  { words: 'the newest notifier is left out', change: (list) => list.slice(1) },
  { words: 'the oldest notifier is left out', change: (list) => list.slice(0, -1) },
]

/** The kernel with another look at its list. */
const seen = (kernel: Kernel, change: (list: List) => List): Kernel =>
  Object.create(kernel, { subscriptions: { get: () => change(kernel.subscriptions) } }) as Kernel

/** Of the reaper and of rmap only what they call is the notifier's business. */
export const NOTIFIER: RegExp = /^(mm\/mmu_notifier\.c|include\/linux\/mmu_notifier\.h)/

/** The checker's own book-keeping: which sections are open, and whether what is called has been freed. */
const INSTRUMENT = /^(no )?section over|\.freed$/

/** Calls of the core's own procedures and of the callbacks of notifiers; not what the mm does in between. */
const isCore = ({ source }: AnyProcedure): boolean =>
  /^(mm\/mmu_notifier\.c|include\/linux\/mmu_notifier\.h|mm\/oom_kill\.c|a probe$)/.test(source.at)
