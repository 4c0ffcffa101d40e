/**
 * Conformance of what stands on the other side: a policy, a family of them by version, or a patch. Looked at with drivers of the
 * kit's own, so that whatever breaks is the policy's doing.
 */
import { check, link } from '@mmulab/checker'
import {
  applyPatch,
  buildCell,
  CONTRACT,
  type Driver,
  type Patch,
  type Policy,
  type PolicyFamily,
  REAP_REFUSED,
  REAP_ZAPPED,
} from '@mmulab/core'
import { LabError, type Sometimes } from '@mmulab/model'
import mainline from '@mmulab/policy-mainline'
import { broken, type Case, type CaseResult, KEPT, notApplicable } from './case.ts'
import { allScenarios } from './plan.ts'
import { counter, ended, refuser, sleeper, started } from './probes.ts'
import { guarded } from './shape.ts'

export type Subject = Policy | PolicyFamily | Patch

export interface PolicyOptions {
  /** Where a patch finds its bases. */
  readonly families?: readonly PolicyFamily[]
}

const CORE = 'mm/mmu_notifier.c'

/** Runs a scenario under a policy with probes in the order of registration. */
function run(
  policy: Policy,
  drivers: readonly Driver[],
  scenario: string,
  marks: readonly string[] = [],
) {
  const found = allScenarios.find((s) => s.name === scenario)
  if (!found) throw new Error(`there is no scenario ${scenario}`)
  const { world } = buildCell({ policy, drivers, scenario: found, size: 'small' })
  const sometimes = marks.map((mark): Sometimes => ({ name: mark, when: { mark } }))
  const result = check(link({ ...world, sometimes: [...world.sometimes, ...sometimes] }))
  const happens = (mark: string): boolean =>
    result.sometimes.some((s) => s.name === mark && s.reached)
  return { result, happens }
}

/** Every policy that the subject stands for; a patch is put on its example and on every version that takes it. */
function policiesOf(subject: Subject, families: readonly PolicyFamily[]): Policy[] {
  if (subject.kind === 'policy') return [subject]
  if (subject.kind === 'policy-family') return subject.versions.map(subject.at)
  return bases(families)
    .filter((base) => subject.refuses(base) === undefined)
    .map((base) => applyPatch(base, subject))
}

const bases = (families: readonly PolicyFamily[]): Policy[] =>
  families.flatMap((f) => f.versions.map(f.at))

/** The first policy of which something is said. */
function each(
  policies: readonly Policy[],
  say: (policy: Policy) => string | undefined,
): CaseResult {
  for (const policy of policies) {
    const message = say(policy)
    if (message !== undefined) return broken({ message: `${policy.name}: ${message}` })
  }
  return policies.length ? KEPT : notApplicable('it stands for no policy')
}

const TWO: readonly Driver[] = [counter, counter]
const LABELS = ['probe-counter', 'probe-counter2']
const CALLS = LABELS.flatMap((label) => [started(label), ended(label)])

function callsEverybody(policy: Policy): string | undefined {
  const { result, happens } = run(policy, TWO, 'dontneed', CALLS)
  const missing = CALLS.filter((mark) => !happens(mark))
  if (missing.length) return `it never happens that ${missing.join(', or that ')}`
  const { verdict, message } = result.claims.balance
  return verdict === 'violated' ? message : undefined
}

function balancedWhenAllAgree(policy: Policy): string | undefined {
  const { result } = run(policy, TWO, 'oom-reap')
  const { verdict, message } = result.claims.balance
  return verdict === 'violated' ? message : undefined
}

const MIXED: readonly (readonly Driver[])[] = [
  [counter, refuser],
  [refuser, counter],
]

/** Before 4.19 a start had no answer. */
const hasAnswers = ({ facts }: Policy): boolean => facts.hlistWalk !== 'void'

function hearsRefusals(policy: Policy): string | undefined {
  if (!hasAnswers(policy)) return undefined
  for (const drivers of MIXED) {
    const { happens } = run(policy, drivers, 'oom-reap', [REAP_REFUSED, REAP_ZAPPED])
    if (happens(REAP_ZAPPED)) return 'a VMA is reaped although a start has refused'
  }
  return undefined
}

function unwindsAsItSays(policy: Policy): string | undefined {
  if (policy.facts.hlistWalk !== 'unwind') return undefined
  for (const drivers of MIXED) {
    const { verdict, message } = run(policy, drivers, 'oom-reap').result.claims.balance
    if (verdict === 'violated') return `it says that it unwinds, but ${message}`
  }
  return undefined
}

function finishes(policy: Policy): string | undefined {
  for (const drivers of [TWO, ...MIXED])
    for (const scenario of ['dontneed', 'oom-reap']) {
      const { claims } = run(policy, drivers, scenario).result
      for (const claim of ['context', 'deadlock', 'progress', 'oom', 'bound', 'warn'] as const)
        if (claims[claim].verdict === 'violated' && !(claim === 'progress' && drivers !== TWO))
          return `${scenario}: ${claims[claim].message}`
    }
  return undefined
}

function watchesForSleep(policy: Policy): string | undefined {
  if (!hasAnswers(policy)) return undefined
  const { verdict } = run(policy, [sleeper], 'oom-reap').result.claims.context
  return verdict === 'violated'
    ? undefined
    : 'a start that sleeps in a section that may not block goes unnoticed'
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
  const rule = (
    id: string,
    text: string,
    kernelReference: string,
    say: (policy: Policy) => string | undefined,
  ): Case => ({
    id,
    rule: text,
    kernelReference,
    run: () => guarded(() => each(policiesOf(subject, families), say)),
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
    rule(
      'calls-everybody',
      'Every notifier is told of every section, and of its end, once.',
      `${CORE}:mn_hlist_invalidate_range_start, mn_hlist_invalidate_end`,
      callsEverybody,
    ),
    rule(
      'balanced-when-all-agree',
      'Where nobody refuses, sections that may not block are ended like the others.',
      `${CORE}:mn_hlist_invalidate_end`,
      balancedWhenAllAgree,
    ),
    rule(
      'hears-refusals',
      'What was refused is not done.',
      'mm/oom_kill.c:__oom_reap_task_mm',
      hearsRefusals,
    ),
    rule(
      'unwinds-as-it-says',
      'If it says that it unwinds, nobody is left with a section that never came to be.',
      `${CORE}:mn_hlist_invalidate_range_start, c2655835fd8c`,
      unwindsAsItSays,
    ),
    rule(
      'watches-for-sleep',
      'A start that sleeps where it may not is noticed.',
      `${CORE}: non_block_start() (ba170f76b69d, 5.4)`,
      watchesForSleep,
    ),
    rule(
      'finishes',
      'The walk comes to its end, with nothing held and nothing to complain of.',
      `${CORE}: srcu_read_lock() to srcu_read_unlock()`,
      finishes,
    ),
  ]
}
