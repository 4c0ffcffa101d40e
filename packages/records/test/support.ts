/** What the tests of this package share: fixtures, policies, and a way to write small records by hand. */
import { readFileSync } from 'node:fs'
import { applyPatch, type Policy } from '@mmulab/core'
import { mainline } from '@mmulab/policy-mainline'
import { mayfail } from '@mmulab/policy-mayfail'
import { unwindOnFail } from '@mmulab/policy-unwind-on-fail'
import { explain, type KernelRecord, parseRecord, type RecordEvent } from '../src/index.ts'

export const fixture = (name: string): string =>
  readFileSync(new URL(`fixtures/${name}.txt`, import.meta.url), 'utf8')

export const POLICIES: readonly Policy[] = [
  mainline.at('4.19'),
  mainline.at('5.4'),
  mainline.at('5.5'),
  mainline.at('5.11'),
  mainline.at('5.12'),
  mainline.at('6.1'),
  mainline.at('7.2'),
  applyPatch(mainline.at('5.4'), unwindOnFail),
  applyPatch(mainline.at('5.8'), mayfail),
]
/** Which of them end what others began when somebody refuses. */
export const UNWINDS: readonly string[] = [
  'mainline@5.12',
  'mainline@6.1',
  'mainline@7.2',
  'mainline@5.4+unwind-on-fail',
]
/** Which of them have interval notifiers. */
export const INTERVALS: readonly string[] = POLICIES.filter((p) => p.facts.interval).map(
  (p) => p.name,
)
export const OLD: Policy = mainline.at('5.4')
export const NEW: Policy = mainline.at('6.1')

/** Names of the policies that explain a record. */
export const explainers = (
  record: KernelRecord,
  policies: readonly Policy[] = POLICIES,
): string[] =>
  explain(record, policies).flatMap((v) => (v.verdict === 'explained' ? [v.policy] : []))

/** What one policy says: the word, or the sentence. */
export function says(record: KernelRecord, policy: Policy): string {
  const [v] = explain(record, [policy])
  return v?.at?.text ?? v?.reason ?? v?.verdict ?? ''
}

/** Counts and totals as they would have been for these lines. */
export function recounted(events: readonly RecordEvent[]): RecordEvent[] {
  const totals = new Map<string, { starts: number; ends: number; fails: number }>()
  const gone = new Set<string>()
  return events.map((e) => {
    const again = e.cb === 'register' && gone.delete(e.n)
    const t = (!again && totals.get(e.n)) || { starts: 0, ends: 0, fails: 0 }
    totals.set(e.n, t)
    if (e.cb === 'unregister') gone.add(e.n)
    if (e.cb === 'start') t[e.ret === 0 ? 'starts' : 'fails']++
    if (e.cb === 'end') t.ends++
    if (e.cb === 'stat') return { ...e, text: `starts=${t.starts} ends=${t.ends} fails=${t.fails}` }
    const counts = e.cb === 'start' || e.cb === 'end' || e.cb === 'release'
    return counts && e.cnt !== undefined ? { ...e, cnt: t.starts - t.ends } : e
  })
}

/**
 * A record from short lines: `20 A.start 1-2`, `20 A.start 1-2 -11 nonblock`, `20 I.inval 1-2 #3`, `20 register A`, `20 mark`, `20 reap_rc 0`.
 * The first word is the task.
 */
export function written(lines: readonly string[]): KernelRecord {
  const events = lines.map((line, seq): RecordEvent => {
    const [tid = '', what = '', ...rest] = line.trim().split(/\s+/)
    const [first = '', second] = what.split('.')
    const name = second === undefined ? undefined : first
    const cb = (second ?? first) as RecordEvent['cb']
    const range = rest.find((w) => /^\w+-\w+$/.test(w))?.split('-')
    const ret = rest.find((w) => /^-?\d+$/.test(w))
    const label = rest.find((w) => /^[A-Z]\d?$/.test(w))
    const aux = rest.find((w) => /^#[0-9a-f]+$/.test(w))
    return {
      seq,
      line: seq + 4,
      tid: Number(tid),
      comm: 'task',
      mm: 0,
      n: name ?? label ?? '-',
      cb,
      ret: Number(ret ?? 0),
      cnt: 0,
      ...(range && { s: range[0] ?? '', e: range[1] ?? '', ev: 'CLEAR' }),
      ...(aux && { aux: Number.parseInt(aux.slice(1), 16) }),
      ...(range && { blockable: !rest.includes('nonblock') }),
    }
  })
  return {
    format: 'callbacks',
    scenario: 'by hand',
    kernel: 'none',
    label: '',
    notes: [],
    events: recounted(events),
  }
}

export { parseRecord }
