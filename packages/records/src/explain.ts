/** Which policies explain a record. */
import type { Policy } from '@mmulab/core'
import { LabError } from '@mmulab/model'
import { contradictionIn } from './consistency.ts'
import { INVAL_LIMIT } from './intervals.ts'
import { judgeUnder, type Outcome } from './judge.ts'
import type { Misfit } from './misfit.ts'
import { parseRecord } from './parse.ts'
import type { KernelRecord } from './record.ts'
import { showEvent, showPlace } from './words.ts'

export interface PolicyVerdict {
  /** As it was asked for: mainline@6.1. */
  readonly policy: string
  /** The behaviour it was resolved to: mainline@5.12. */
  readonly resolved: string
  readonly verdict: Outcome['verdict']
  /** What is not known of the policy's text, where that is anything. */
  readonly partlyKnown?: readonly string[]
  /** Where the record leaves what the policy can do; only with `refused`. */
  readonly at?: Misfit
  /** Why nothing can be said; only with `unsupported`. */
  readonly reason?: string
}

export interface Judgement {
  readonly file: string
  readonly record: KernelRecord
  readonly verdicts: readonly PolicyVerdict[]
}

/** Holds a record against policies, each by itself and by its own procedures. */
export function explain(record: KernelRecord, policies: readonly Policy[]): PolicyVerdict[] {
  const reason = unsupported(record)
  const contradiction = contradictionIn(record.events)
  return policies.map((policy) => {
    const { partlyKnown } = policy
    const named = {
      policy: policy.name,
      resolved: policy.resolved,
      ...(partlyKnown.length > 0 && { partlyKnown }),
    }
    if (reason !== undefined) return { ...named, verdict: 'unsupported', reason }
    const outcome = attempt(record, policy)
    if (!contradiction) return { ...named, ...outcome }
    if (outcome.verdict === 'refused' && outcome.at.seq <= contradiction.event.seq)
      return { ...named, ...outcome }
    const { event, says, counted } = contradiction
    const { seq, line } = event
    const at: Misfit = {
      kind: 'cannot happen',
      seq,
      line,
      what: showEvent(event),
      expected: counted,
      text: `${showPlace(event)}: the record contradicts itself: it says ${says}, but ${counted}`,
    }
    return { ...named, verdict: 'refused', at }
  })
}

/** Reads and judges a record. `file` names it in errors and in the result; it is no evidence. */
export function judge(
  text: string,
  options: { readonly file?: string; readonly policies: readonly Policy[] },
): Judgement {
  const { file = 'record', policies } = options
  const record = parseRecord(text, file)
  return { file, record, verdicts: explain(record, policies) }
}

/** One line for people: the policy, the verdict, and why. */
export function showVerdict(v: PolicyVerdict): string {
  const why = v.at?.text ?? v.reason
  return `${v.policy}: ${v.verdict}${why === undefined ? '' : `; ${why}`}`
}

function attempt(record: KernelRecord, policy: Policy): Outcome {
  try {
    return judgeUnder(record, policy)
  } catch (error) {
    // So many notifiers or answers that the policy's procedures cannot be recorded with them.
    if (error instanceof LabError) return { verdict: 'unsupported', reason: error.message }
    throw error
  }
}

/** What no policy of today's core can be asked. */
function unsupported(record: KernelRecord): string | undefined {
  const heard = record.events.filter((e) => e.cb === 'inval').length
  if (heard > INVAL_LIMIT)
    return `its interval notifiers are called ${heard} times; more than ${INVAL_LIMIT} calls are not followed`
  const calls = record.events.filter((e) => e.cb === 'start')
  if (record.format === 'function trace' && calls.length === 0)
    return 'the trace has no callback of a list notifier'
  const returned = record.events.some((e) => e.cb === 'core_start_rc')
  if (calls.some((e) => e.ret === undefined) && !returned)
    return 'the trace tells neither what the callbacks answered nor what the core returned'
  return undefined
}
