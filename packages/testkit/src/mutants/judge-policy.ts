/** What becomes of a mutant of a policy: the rules for policies are asked of it, and it is killed by one that the original keeps. */
import { type CheckResult, type Linked, link } from '@mmulab/checker'
import { buildNamed } from '@mmulab/compare'
import { applyPatch, type Patch, type Policy, type PolicyFamily } from '@mmulab/core'
import { LabError, type Variable, variablesOf } from '@mmulab/model'
import mainline from '@mmulab/policy-mainline'
import { exampleOf, type PolicyOptions, type Subject } from '../policy.ts'
import { BENCH, benchOf } from '../policy-bench.ts'
import { POLICY_RULES } from '../policy-rules.ts'
import { type Run, type Runs, runsOf } from '../policy-runs.ts'
import { alike, type Hidden, sameVerdicts } from './alike.ts'
import { type Fate, type JudgeOptions, sampled } from './judge.ts'
import { sameToAll } from './locks.ts'
import { mutantsOfPolicy, NOTIFIER, type Own, type PolicyMutant } from './policies.ts'
import type { Survey } from './survey.ts'

export interface JudgedPolicy {
  readonly mutant: PolicyMutant
  readonly fate: Fate
}

/**
 * Mutants of a policy by itself, of every version of a family that the bench can tell from those before it, or of what a patch puts
 * into its example.
 */
export function* judgePolicy(
  subject: Subject,
  { families = [mainline], sample }: PolicyOptions & JudgeOptions = {},
): Generator<JudgedPolicy, void> {
  for (const { policy, own } of broken(subject, families)) yield* judgeOne(policy, own, sample)
}

/** All of them, judged or not. */
export const policyMutantsOf = (
  subject: Subject,
  { families = [mainline] }: PolicyOptions = {},
): PolicyMutant[] =>
  broken(subject, families).flatMap(({ policy, own }) => mutantsOfPolicy(policy, own).mutants)

interface Breakable {
  readonly policy: Policy
  readonly own: Own
}

function broken(subject: Subject, families: readonly PolicyFamily[]): Breakable[] {
  const everything: Own = () => true
  if (subject.kind === 'policy') return [{ policy: subject, own: everything }]
  if (subject.kind === 'policy-family')
    return toldApart(subject).map((policy) => ({ policy, own: everything }))
  const base = exampleOf(subject, families)
  if (!base) return []
  const own = replacedBy(subject, base)
  return [{ policy: applyPatch(base, subject), own: (key) => own.has(key) }]
}

/** What the patch puts in the place of its base's. */
function replacedBy(patch: Patch, base: Policy): ReadonlySet<string> {
  const { lab, names } = benchOf(base)
  const [first] = names
  if (!first) return new Set()
  const { kernel } = buildNamed(lab, first)
  return new Set(Object.keys(patch.procedures(kernel.procs, kernel)))
}

/** Everything that the bench can see of a policy. */
function appearance(policy: Policy): string {
  const { lab, names } = benchOf(policy)
  const seen = ({ fingerprint, lockOrder }: Linked): unknown => [fingerprint, lockOrder]
  return JSON.stringify(names.map((n) => seen(link(buildNamed(lab, n).world))))
}

function toldApart(family: PolicyFamily): Policy[] {
  const seen = new Set<string>()
  return family.versions.map(family.at).filter((policy) => {
    const look = appearance(policy)
    if (seen.has(look)) return false
    seen.add(look)
    return true
  })
}

function* judgeOne(
  policy: Policy,
  own: Own,
  sample: number | undefined,
): Generator<JudgedPolicy, void> {
  const shared = new Map<string, CheckResult>()
  const runs = runsOf(policy, shared)
  const abouts = new Map(
    POLICY_RULES.map((rule) => [rule.id, new Set([...rule.findings(runs)].map((f) => f.about))]),
  )
  const { mutants, survey } = mutantsOfPolicy(policy, own)
  const original: Original = { runs, abouts, survey, shared }
  for (const mutant of sampled(mutants, sample)) yield { mutant, fate: fateOf(mutant, original) }
}

interface Original {
  readonly runs: Runs
  /** By rule: where the original breaks it. */
  readonly abouts: ReadonlyMap<string, ReadonlySet<string>>
  readonly survey: Survey
  readonly shared: Map<string, CheckResult>
}

function fateOf(mutant: PolicyMutant, original: Original): Fate {
  const runs = runsOf(mutant.policy, original.shared)
  try {
    for (const { id, findings } of POLICY_RULES)
      for (const { about, message } of findings(runs))
        if (!original.abouts.get(id)?.has(about)) return { fate: 'killed', by: id, message }
  } catch (error) {
    if (!(error instanceof LabError)) throw error
    return { fate: 'killed', by: error.code, message: error.message }
  }
  const why = equivalence(mutant, runs, original)
  return why === undefined ? { fate: 'survived' } : { fate: 'equivalent', why }
}

/** The core's own read side and grace period; nobody else on the bench has one. */
const SRCU = /^kernel\/rcu\//

/** All but the variables that somebody looks at who is not the notifier core. */
function hiddenIn(runs: readonly Run[]): Hidden {
  const others = new Set<Variable>()
  for (const { nodes } of runs.flatMap((r) => r.linked.automata))
    for (const { source, guard, answer, assign } of nodes) {
      if (NOTIFIER.test(source) || SRCU.test(source)) continue
      for (const e of [guard, answer, ...assign.map((a) => a.value)]) variablesOf(e, others)
      for (const { to } of assign) others.add(to)
    }
  const seen = new Set([...others].map((v) => v.name))
  return (name) => !seen.has(name)
}

/** A world with more states than this is not compared. */
const MAX_STATES = 50_000

function equivalence(
  { mutation }: PolicyMutant,
  runs: Runs,
  { runs: known, survey, abouts }: Original,
): string | undefined {
  const pairs = BENCH.flatMap(({ drivers, scenario, applies }) =>
    applies(known.policy)
      ? [[known.run(drivers, scenario), runs.run(drivers, scenario)] as const]
      : [],
  ).filter(([before, after]) => looks(before) !== looks(after))
  if (pairs.length === 0) return 'the automata of every cell of the bench are the same'
  // Its survey is of the whole bench; what devices look at is not hidden.
  const why = sameToAll(mutation, survey, [])
  if (why !== undefined) return why
  if (mutation.lawful !== undefined && abouts.get('newest-first')?.size) return mutation.lawful
  return pairs.every(
    ([before, after]) =>
      sameVerdicts(before, after) && alike(before, after, hiddenIn([before, after]), MAX_STATES),
  )
    ? 'whoever is not the core sees the same in every state of every cell'
    : undefined
}

const looks = ({ linked: { fingerprint, lockOrder } }: Run): string =>
  JSON.stringify([fingerprint, lockOrder])
