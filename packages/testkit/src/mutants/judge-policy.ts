/** What becomes of a mutant of a policy: the rules for policies are asked of it, and it is killed by one that the original keeps. */
import { type Linked, link } from '@mmulab/checker'
import { buildNamed } from '@mmulab/compare'
import { applyPatch, type Patch, type Policy, type PolicyFamily } from '@mmulab/core'
import mainline from '@mmulab/policy-mainline'
import type { Case } from '../case.ts'
import { type PolicyOptions, policyConformance, type Subject } from '../policy.ts'
import { benchOf } from '../policy-bench.ts'
import type { Fate } from './judge.ts'
import { sameToAll } from './locks.ts'
import { mutantsOfPolicy, type Own, type PolicyMutant } from './policies.ts'
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
  { families = [mainline] }: PolicyOptions = {},
): Generator<JudgedPolicy, void> {
  for (const { policy, own } of broken(subject, families)) yield* judgeOne(policy, own)
}

interface Breakable {
  readonly policy: Policy
  readonly own: Own
}

function broken(subject: Subject, families: readonly PolicyFamily[]): Breakable[] {
  const everything: Own = () => true
  if (subject.kind === 'policy') return [{ policy: subject, own: everything }]
  if (subject.kind === 'policy-family')
    return toldApart(subject).map((policy) => ({ policy, own: everything }))
  const base = named(subject.example, families)
  if (!base) return []
  const own = replacedBy(subject, base)
  return [{ policy: applyPatch(base, subject), own: (key) => own.has(key) }]
}

/** An example may stand on other patches; those are not known here, and it is then not broken. */
function named(example: string, families: readonly PolicyFamily[]): Policy | undefined {
  const [name = '', version = ''] = example.split('@')
  return version.includes('+') ? undefined : families.find((f) => f.name === name)?.at(version)
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
function looks(policy: Policy): string {
  const { lab, names } = benchOf(policy)
  const seen = ({ fingerprint, lockOrder }: Linked): unknown => [fingerprint, lockOrder]
  return JSON.stringify(names.map((n) => seen(link(buildNamed(lab, n).world))))
}

function toldApart(family: PolicyFamily): Policy[] {
  const seen = new Set<string>()
  return family.versions.map(family.at).filter((policy) => {
    const look = looks(policy)
    if (seen.has(look)) return false
    seen.add(look)
    return true
  })
}

function* judgeOne(policy: Policy, own: Own): Generator<JudgedPolicy, void> {
  const kept = new Set(casesOf(policy).flatMap((c) => (c.run().status === 'kept' ? [c.id] : [])))
  const look = looks(policy)
  const { mutants, survey } = mutantsOfPolicy(policy, own)
  for (const mutant of mutants) yield { mutant, fate: fateOf(mutant, kept, look, survey) }
}

const casesOf = (policy: Policy): Case[] => policyConformance(policy)

function fateOf(
  mutant: PolicyMutant,
  kept: ReadonlySet<string>,
  look: string,
  survey: Survey,
): Fate {
  for (const { id, run } of casesOf(mutant.policy)) {
    if (!kept.has(id)) continue
    const result = run()
    if (result.status === 'broken') return { fate: 'killed', by: id, message: result.message }
  }
  if (looks(mutant.policy) === look)
    return { fate: 'equivalent', why: 'the automata of every cell of the bench are the same' }
  const why = sameToAll(mutant.mutation, survey)
  return why === undefined ? { fate: 'survived' } : { fate: 'equivalent', why }
}
