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
import { type ClaimId, LabError, type Sometimes } from '@mmulab/model'
import mainline from '@mmulab/policy-mainline'
import { broken, type Case, type CaseResult, KEPT, notApplicable } from './case.ts'
import { allScenarios } from './plan.ts'
import { BENCH, hasAnswers } from './policy-bench.ts'
import {
  counter,
  ended,
  ender,
  follower,
  leader,
  odd,
  reclaimer,
  refuser,
  sleeper,
  started,
  stubborn,
} from './probes.ts'
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

/** Where a rule looks at many cells: a patch is put on its example only. */
function examplesOf(subject: Subject, families: readonly PolicyFamily[]): Policy[] {
  if (subject.kind !== 'patch') return policiesOf(subject, families)
  const all = policiesOf(subject, families)
  const example = `${subject.example}+${subject.name}`
  return all.filter((p) => p.name === example || all.length === 1)
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

/** Promises that a core can break under devices that do nothing wrong. */
const PROMISES: readonly ClaimId[] = [
  'memory',
  'coherence',
  'balance',
  'context',
  'deadlock',
  'progress',
  'oom',
  'warn',
  'lock-order',
  'bound',
]

function keepsDevicesSafe(policy: Policy): string | undefined {
  for (const { drivers, scenario, holds, applies } of BENCH) {
    if (!holds || !applies(policy)) continue
    const { claims } = run(policy, drivers, scenario).result
    for (const claim of PROMISES)
      if (claims[claim].verdict === 'violated')
        return `${drivers.map((d) => d.name).join(' and ')} in ${scenario}: ${claims[claim].message}`
  }
  return undefined
}

function warnsOfRefusals(policy: Policy): string | undefined {
  if (!/warn|unwind/.test(policy.facts.hlistWalk)) return undefined
  for (const [driver, scenario] of WARNED) {
    if (driver === ender && policy.facts.hlistWalk !== 'unwind') continue
    const { verdict } = run(policy, [driver], scenario).result.claims.warn
    if (verdict !== 'violated') return `${driver.title}, and no WARN says so (${scenario})`
  }
  return undefined
}

const WARNED: readonly (readonly [Driver, string])[] = [
  [stubborn, 'dontneed'],
  [odd, 'oom-reap'],
  [ender, 'oom-reap'],
]

/** Every section of what lockdep knows stands around the callbacks: an allocation under a lock of theirs closes a circle. */
function watchesLockOrder(policy: Policy): string | undefined {
  if (!['primed', 'fs_reclaim'].includes(policy.facts.notifierMap)) return undefined
  for (const scenario of ['dontneed', 'oom-reap']) {
    const { verdict } = run(policy, [reclaimer], scenario).result.claims['lock-order']
    if (verdict !== 'violated') return `${reclaimer.title} goes unnoticed in ${scenario}`
  }
  return undefined
}

/** The last to be registered is told first, of a start and of an end. */
function newestFirst(policy: Policy): string | undefined {
  const { result } = run(policy, [follower, leader], 'dontneed')
  const { verdict } = result.claims.warn
  return verdict === 'violated' ? 'the notifier registered last is not told first' : undefined
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
    among = policiesOf,
  ): Case => ({
    id,
    rule: text,
    kernelReference,
    run: () => guarded(() => each(among(subject, families), say)),
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
      'keeps-devices-safe',
      'Under a device that does nothing wrong every promise holds.',
      `${CORE}; Documentation/mm/mmu_notifier.rst`,
      keepsDevicesSafe,
      examplesOf,
    ),
    rule(
      'warns-of-refusals',
      'Where it WARNs of refusals, it WARNs of each that may not be.',
      `${CORE}:mn_hlist_invalidate_range_start, WARN_ON of 8402ce61bec2 and c2655835fd8c`,
      warnsOfRefusals,
      examplesOf,
    ),
    rule(
      'watches-lock-order',
      'An allocation that may reclaim, under a lock that callbacks take, is noticed.',
      `${CORE}: __mmu_notifier_invalidate_range_start_map (23b68395c7c7, 5.4)`,
      watchesLockOrder,
      examplesOf,
    ),
    rule(
      'newest-first',
      'The notifier that was registered last is told first, of a start and of an end.',
      `${CORE}:__mmu_notifier_register, hlist_add_head_rcu()`,
      newestFirst,
      examplesOf,
    ),
    rule(
      'finishes',
      'The walk comes to its end, with nothing held and nothing to complain of.',
      `${CORE}: srcu_read_lock() to srcu_read_unlock()`,
      finishes,
    ),
  ]
}
