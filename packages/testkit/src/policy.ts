/**
 * Conformance of what stands on the other side: a policy, a family of them by version, or a patch. Looked at with drivers of the
 * kit's own, so that whatever breaks is the policy's doing.
 */
import { applyPatch, CONTRACT, type Patch, type Policy, type PolicyFamily } from '@mmulab/core'
import { LabError } from '@mmulab/model'
import mainline from '@mmulab/policy-mainline'
import { broken, type Case, type CaseResult, KEPT, notApplicable } from './case.ts'
import { POLICY_RULES, type PolicyRule } from './policy-rules.ts'
import { type Runs, runsOf } from './policy-runs.ts'
import { guarded } from './shape.ts'

export type Subject = Policy | PolicyFamily | Patch

export interface PolicyOptions {
  /** Where a patch finds its bases. */
  readonly families?: readonly PolicyFamily[]
}

/** Every policy that the subject stands for; a patch is put on its example and on every version that takes it. */
function policiesOf(subject: Subject, families: readonly PolicyFamily[]): Policy[] {
  if (subject.kind === 'policy') return [subject]
  if (subject.kind === 'policy-family') return subject.versions.map(subject.at)
  return bases(families)
    .filter((base) => subject.refuses(base) === undefined)
    .map((base) => applyPatch(base, subject))
}

/** Where a rule looks at many cells: a patch is put on its example only, or on the latest that takes it. */
function examplesOf(subject: Subject, families: readonly PolicyFamily[]): Policy[] {
  if (subject.kind !== 'patch') return policiesOf(subject, families)
  const example = exampleOf(subject, families)
  return example ? [applyPatch(example, subject)] : policiesOf(subject, families).slice(-1)
}

/** The base that a patch names; one that has patches itself is not known here. */
export function exampleOf(
  { example }: Patch,
  families: readonly PolicyFamily[],
): Policy | undefined {
  const [name = '', version = ''] = example.split('@')
  return version.includes('+') ? undefined : families.find((f) => f.name === name)?.at(version)
}

const bases = (families: readonly PolicyFamily[]): Policy[] =>
  families.flatMap((f) => f.versions.map(f.at))

/** The first policy of which something is said. */
function each(runs: readonly Runs[], { findings }: PolicyRule): CaseResult {
  for (const of of runs)
    for (const { message } of findings(of))
      return broken({ message: `${of.policy.name}: ${message}` })
  return runs.length ? KEPT : notApplicable('it stands for no policy')
}

function appliesOrRefuses(patch: Patch, families: readonly PolicyFamily[]): CaseResult {
  const [name = '', ...below] = patch.example.split('+')
  const family = families.find((f) => f.name === name.split('@')[0])
  if (!family) return broken({ message: `Its example ${patch.example} is of no known family.` })
  if (below.length === 0) {
    const refusal = patch.refuses(family.at(name.split('@')[1] ?? ''))
    if (refusal !== undefined)
      return broken({ message: `It refuses its own example ${patch.example}: ${refusal}.` })
  }
  for (const base of bases(families)) {
    const refusal = patch.refuses(base)
    const applied = tryToApply(base, patch)
    if ((refusal === undefined) !== applied)
      return broken({
        message: `It says ${refusal ?? 'that it applies'} of ${base.name}, and does otherwise.`,
      })
    if (refusal === '') return broken({ message: `It refuses ${base.name} without a reason.` })
  }
  return KEPT
}

function tryToApply(base: Policy, patch: Patch): boolean {
  try {
    return applyPatch(base, patch).name === `${base.name}+${patch.name}`
  } catch (error) {
    if (error instanceof LabError && error.code === 'PATCH_DOES_NOT_APPLY') return false
    throw error
  }
}

function shape(subject: Subject): CaseResult {
  if (!subject.title) return broken({ message: 'It has no title.' })
  if (subject.kind !== 'policy' && subject.contract !== CONTRACT)
    return broken({
      message: `It was written for contract ${subject.contract}; this kit has contract ${CONTRACT}.`,
    })
  if (subject.kind === 'patch' && !subject.source)
    return broken({ message: 'It does not say who proposed it.' })
  if (subject.kind === 'policy-family' && subject.versions.length === 0)
    return broken({ message: 'It has no version.' })
  return KEPT
}

export function policyConformance(
  subject: Subject,
  { families = [mainline] }: PolicyOptions = {},
): Case[] {
  const known = new Map<string, Runs>()
  const runsFor = (policies: readonly Policy[]): Runs[] =>
    policies.map((policy) => {
      const runs = known.get(policy.name) ?? runsOf(policy)
      known.set(policy.name, runs)
      return runs
    })
  return [
    {
      id: 'shape',
      rule: 'It says what it is, and is written for this contract.',
      kernelReference: 'none: the contract of @mmulab/core',
      run: () => shape(subject),
    },
    ...(subject.kind === 'patch'
      ? [
          {
            id: 'applies-or-refuses',
            rule: 'It applies to the base that it names, and to every other one it applies or says why not.',
            kernelReference: 'none: what `git am` would say',
            run: () => guarded(() => appliesOrRefuses(subject, families)),
          },
        ]
      : []),
    ...POLICY_RULES.map(
      (rule): Case => ({
        id: rule.id,
        rule: rule.rule,
        kernelReference: rule.kernelReference,
        run: () =>
          guarded(() =>
            each(runsFor((rule.examples ? examplesOf : policiesOf)(subject, families)), rule),
          ),
      }),
    ),
  ]
}
