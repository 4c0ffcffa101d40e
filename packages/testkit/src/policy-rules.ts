/** What a policy must keep, each with where the kernel says so. Asked with drivers of the kit's own: what breaks is the policy's doing. */
import { type Driver, type Policy, REAP_ZAPPED } from '@mmulab/core'
import { CLAIMS, type ClaimId } from '@mmulab/model'
import { BENCH, hasAnswers } from './policy-bench.ts'
import { CALLS, type Run, type Runs } from './policy-runs.ts'
import {
  counter,
  DETACHED,
  detachable,
  ender,
  follower,
  leader,
  leaver,
  odd,
  onceTold,
  RELEASED,
  reclaimer,
  refuser,
  sleeper,
  stubborn,
  TOLD_ONCE,
} from './probes.ts'

interface Finding {
  /** What it is about; two findings about one thing are one. */
  readonly about: string
  readonly message: string
}

export interface PolicyRule {
  readonly id: string
  readonly rule: string
  readonly kernelReference: string
  /** Looks at many cells: a patch is then asked on its example only. */
  readonly examples?: true
  /** Where it is broken, one after another. */
  readonly findings: (runs: Runs) => Iterable<Finding>
}

const CORE = 'mm/mmu_notifier.c'

const TWO: readonly Driver[] = [counter, counter]
const MIXED: readonly (readonly Driver[])[] = [
  [counter, refuser],
  [refuser, counter],
]

const names = (drivers: readonly Driver[]): string => drivers.map((d) => d.name).join(' and ')

/** A claim that is broken in a run, if it is. */
function* broken({ result }: Run, claim: ClaimId, about: string): Iterable<Finding> {
  const { verdict, message = claim } = result.claims[claim]
  if (verdict === 'violated') yield { about: `${about}: ${claim}`, message: `${about}: ${message}` }
}

function* callsEverybody({ run }: Runs): Iterable<Finding> {
  const told = run(TWO, 'dontneed')
  for (const mark of CALLS) yield* never(told, mark, 'dontneed')
  yield* broken(told, 'balance', 'dontneed')
}

function* balancedWhenAllAgree({ run }: Runs): Iterable<Finding> {
  yield* broken(run(TWO, 'oom-reap'), 'balance', 'oom-reap')
}

function* hearsRefusals({ policy, run }: Runs): Iterable<Finding> {
  if (!hasAnswers(policy)) return
  for (const drivers of [[refuser], ...MIXED])
    if (run(drivers, 'oom-reap').happens(REAP_ZAPPED))
      yield {
        about: names(drivers),
        message: `${names(drivers)}: a VMA is reaped although a start has refused`,
      }
}

function* unwindsAsItSays({ policy, run }: Runs): Iterable<Finding> {
  if (policy.facts.hlistWalk !== 'unwind') return
  for (const drivers of MIXED)
    yield* broken(run(drivers, 'oom-reap'), 'balance', `it says that it unwinds; ${names(drivers)}`)
}

function* finishes({ run }: Runs): Iterable<Finding> {
  for (const drivers of [TWO, ...MIXED])
    for (const scenario of ['dontneed', 'oom-reap'])
      for (const claim of ['context', 'deadlock', 'progress', 'oom', 'bound', 'warn'] as const)
        if (claim !== 'progress' || drivers === TWO)
          yield* broken(run(drivers, scenario), claim, `${names(drivers)} in ${scenario}`)
}

function* keepsDevicesSafe({ policy, run }: Runs): Iterable<Finding> {
  for (const { drivers, scenario, holds, applies } of BENCH) {
    if (!holds || !applies(policy)) continue
    for (const claim of CLAIMS)
      yield* broken(run(drivers, scenario), claim, `${names(drivers)} in ${scenario}`)
  }
}

const warns = (driver: Driver, scenario: string, applies: (policy: Policy) => boolean) =>
  function* ({ policy, run }: Runs): Iterable<Finding> {
    if (!applies(policy)) return
    if (run([driver], scenario).result.claims.warn.verdict !== 'violated')
      yield { about: driver.name, message: `${driver.title}, and no WARN says so (${scenario})` }
  }
const warnsAtAll = ({ facts }: Policy): boolean => /warn|unwind/.test(facts.hlistWalk)
const unwinds = ({ facts }: Policy): boolean => facts.hlistWalk === 'unwind'

/** Every section of what lockdep knows stands around the callbacks: an allocation under a lock of theirs closes a circle. */
function* watchesLockOrder({ policy, run }: Runs): Iterable<Finding> {
  if (!['primed', 'fs_reclaim'].includes(policy.facts.notifierMap)) return
  for (const scenario of ['dontneed', 'oom-reap'])
    if (run([reclaimer], scenario).result.claims['lock-order'].verdict !== 'violated')
      yield { about: scenario, message: `${reclaimer.title} goes unnoticed in ${scenario}` }
}

function* newestFirst({ run }: Runs): Iterable<Finding> {
  if (run([follower, leader], 'dontneed').result.claims.warn.verdict === 'violated')
    yield { about: 'order', message: 'the notifier registered last is not told first' }
}

function* watchesForSleep({ policy, run }: Runs): Iterable<Finding> {
  if (!hasAnswers(policy)) return
  if (run([sleeper], 'oom-reap').result.claims.context.verdict !== 'violated')
    yield {
      about: 'sleep',
      message: 'a start that sleeps in a section that may not block goes unnoticed',
    }
}

function* never(run: Run, mark: string, about: string): Iterable<Finding> {
  if (!run.happens(mark))
    yield { about: `${about}: ${mark}`, message: `${about}: it never happens that ${mark}` }
}

function* releasesOnce({ run }: Runs): Iterable<Finding> {
  for (const scenario of ['kit-exit-then-leave', 'kit-leave-then-exit']) {
    const gone = run([leaver], scenario)
    for (const claim of ['warn', 'memory'] as const) yield* broken(gone, claim, scenario)
    yield* never(gone, RELEASED, scenario)
  }
}

function* reapsOnce({ policy, run }: Runs): Iterable<Finding> {
  if (!hasAnswers(policy)) return
  const reap = run([onceTold], 'oom-reap')
  yield* broken(reap, 'warn', 'oom-reap')
  yield* never(reap, TOLD_ONCE, 'oom-reap')
}

function* detachesAsItSays({ policy, run }: Runs): Iterable<Finding> {
  if (!policy.facts.oomDetaches) return
  const reap = run([detachable], 'oom-reap')
  yield* broken(reap, 'warn', 'oom-reap')
  yield* never(reap, DETACHED, 'oom-reap')
}

export const POLICY_RULES: readonly PolicyRule[] = [
  {
    id: 'calls-everybody',
    rule: 'Every notifier is told of every section, and of its end, once.',
    kernelReference: `${CORE}:mn_hlist_invalidate_range_start, mn_hlist_invalidate_end`,
    findings: callsEverybody,
  },
  {
    id: 'balanced-when-all-agree',
    rule: 'Where nobody refuses, sections that may not block are ended like the others.',
    kernelReference: `${CORE}:mn_hlist_invalidate_end`,
    findings: balancedWhenAllAgree,
  },
  {
    id: 'hears-refusals',
    rule: 'What was refused is not done.',
    kernelReference: 'mm/oom_kill.c:__oom_reap_task_mm',
    findings: hearsRefusals,
  },
  {
    id: 'unwinds-as-it-says',
    rule: 'If it says that it unwinds, nobody is left with a section that never came to be.',
    kernelReference: `${CORE}:mn_hlist_invalidate_range_start, c2655835fd8c`,
    findings: unwindsAsItSays,
  },
  {
    id: 'watches-for-sleep',
    rule: 'A start that sleeps where it may not is noticed.',
    kernelReference: `${CORE}: non_block_start() (ba170f76b69d, 5.4)`,
    findings: watchesForSleep,
  },
  {
    id: 'keeps-devices-safe',
    rule: 'Under a device that does nothing wrong every promise holds.',
    kernelReference: `${CORE}; Documentation/mm/mmu_notifier.rst`,
    examples: true,
    findings: keepsDevicesSafe,
  },
  {
    id: 'warns-of-refusals',
    rule: 'Where it WARNs of refusals, it WARNs of that of a range that may be blocked.',
    kernelReference: `${CORE}:mn_hlist_invalidate_range_start, WARN_ON of 8402ce61bec2`,
    examples: true,
    findings: warns(stubborn, 'dontneed', warnsAtAll),
  },
  {
    id: 'warns-of-other-errors',
    rule: 'Where it WARNs of refusals, it WARNs of any answer but -EAGAIN.',
    kernelReference: `${CORE}:mn_hlist_invalidate_range_start, WARN_ON of 8402ce61bec2`,
    examples: true,
    findings: warns(odd, 'oom-reap', warnsAtAll),
  },
  {
    id: 'warns-of-refusers-with-end',
    rule: 'Where it unwinds, it WARNs of who refuses and has an end operation.',
    kernelReference: `${CORE}:mn_hlist_invalidate_range_start, c2655835fd8c (5.12)`,
    examples: true,
    findings: warns(ender, 'oom-reap', unwinds),
  },
  {
    id: 'watches-lock-order',
    rule: 'An allocation that may reclaim, under a lock that callbacks take, is noticed.',
    kernelReference: `${CORE}: __mmu_notifier_invalidate_range_start_map (23b68395c7c7, 5.4)`,
    examples: true,
    findings: watchesLockOrder,
  },
  {
    id: 'newest-first',
    rule: 'The notifier that was registered last is told first, of a start and of an end.',
    kernelReference: `${CORE}:__mmu_notifier_register, hlist_add_head_rcu()`,
    examples: true,
    findings: newestFirst,
  },
  {
    id: 'releases-once',
    rule: 'Whose mm has exited is not released again when it leaves, nor the other way round.',
    kernelReference: `${CORE}:mmu_notifier_unregister, hlist_unhashed(); __mmu_notifier_release`,
    examples: true,
    findings: releasesOnce,
  },
  {
    id: 'reaps-once',
    rule: 'What nobody refuses is reaped at the first attempt.',
    kernelReference: 'mm/oom_kill.c:oom_reap_task, MAX_OOM_REAP_RETRIES',
    examples: true,
    findings: reapsOnce,
  },
  {
    id: 'detaches-as-it-says',
    rule: 'If it says that the reaper takes notifiers off the list, they are told so, and of nothing else.',
    kernelReference: 'none: proposals of 2026',
    examples: true,
    findings: detachesAsItSays,
  },
  {
    id: 'finishes',
    rule: 'The walk comes to its end, with nothing held and nothing to complain of.',
    kernelReference: `${CORE}: srcu_read_lock() to srcu_read_unlock()`,
    findings: finishes,
  },
]
