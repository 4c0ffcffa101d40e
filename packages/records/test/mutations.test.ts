/**
 * A record with one thing wrong in it must be refused, and at the place where it went wrong. Counts and totals are either left as they
 * were, so that the record contradicts itself, or made to fit, so that only the procedures can tell.
 */
import { describe, expect, it } from 'vitest'
import { explain, type KernelRecord, type RecordEvent } from '../src/index.ts'
import { fixture, NEW, OLD, parseRecord, recounted } from './support.ts'

const FIXTURES = [
  'uml-6.1.192-stock.mr_AB_noend',
  'uml-6.1.192-nounwind.mr_AB_noend',
  'uml-6.1.192-stock.oom_first30',
  'uml-6.1.192-nounwind.oom_first30',
  'uml-6.1.192-stock.mr_clean',
  'debian-6.1.0-56.smp2.thp',
  'debian-6.1.0-56.kvm-in-tcg.kvmreap',
]
const PER_FIXTURE = 60

const seed = Number(process.env.MMULAB_SEED ?? Date.now() % 1_000_000)

/** mulberry32 */
function random(from: number): () => number {
  let a = from
  return () => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const isCalled = (e: RecordEvent): boolean => /^(start|end|core_\w+|reap\w*)$/.test(e.cb)

type Mutate = (e: RecordEvent, events: readonly RecordEvent[], i: number) => RecordEvent[] | null

const alone =
  (change: (e: RecordEvent) => Partial<RecordEvent>): Mutate =>
  (e) => [{ ...e, ...change(e) }]

const KINDS: Readonly<Record<string, Mutate>> = {
  drop: () => [],
  duplicate: (e) => [e, e],
  swap: (e, events, i) => {
    const next = events[i + 1]
    return next && isCalled(next) && next.tid === e.tid ? [next, e] : null
  },
  ret: alone((e) => ({ ret: e.ret === 0 ? -11 : 0 })),
  range: (e) => (e.blockable === undefined ? null : [{ ...e, s: 'abc000' }]),
  notifier: (e) => (e.n === '-' ? null : [{ ...e, n: e.n === 'A' ? 'B' : 'A' }]),
  task: alone((e) => ({ tid: e.tid === 1 ? 155 : 1 })),
  kind: (e) => (e.blockable === undefined ? null : [{ ...e, blockable: !e.blockable }]),
}

interface Mutant {
  readonly kind: string
  readonly at: RecordEvent
  readonly record: KernelRecord
}

function mutant(record: KernelRecord, next: () => number): Mutant {
  const kinds = Object.entries(KINDS)
  const { events } = record
  for (;;) {
    const i = Math.floor(next() * events.length)
    const [kind, mutate] = kinds[Math.floor(next() * kinds.length)] ?? []
    const at = events[i]
    const instead = at && isCalled(at) ? mutate?.(at, events, i) : null
    if (!at || !kind || !instead) continue
    const width = kind === 'swap' ? 2 : 1
    const all = [...events.slice(0, i), ...instead, ...events.slice(i + width)]
    return { kind, at, record: { ...record, events: all.map((e, seq) => ({ ...e, seq })) } }
  }
}

/**
 * What a kernel could as well have done. Either somebody gave another answer, in a walk whose calls are the same for it (a second refusal
 * of a section; or the end that follows is the unwind instead of the close). Or the last end of a task is not there, and its
 * notifier was released afterwards: then it may have left the list before the task came to end its section.
 */
function couldBe(kind: string, at: RecordEvent, { events }: KernelRecord): boolean {
  if (kind === 'ret') return at.cb === 'start'
  const later = events.filter((e) => e.seq > at.seq)
  const isLast = later.every((e) => e.tid !== at.tid)
  return kind === 'drop' && at.cb === 'end' && isLast && later.some((e) => e.cb === 'release')
}

describe(`mutated records (MMULAB_SEED=${seed})`, () => {
  it.each(FIXTURES)('%s', (name) => {
    const record = parseRecord(fixture(name))
    const next = random(seed)
    let survivors = 0
    for (let n = 0; n < PER_FIXTURE; n++) {
      const { kind, at, record: raw } = mutant(record, next)
      const about = `MMULAB_SEED=${seed} ${name} ${n}: ${kind} at seq=${at.seq}`

      for (const v of explain(raw, [OLD, NEW]))
        expect(v.verdict, `${about} under ${v.policy}, counts as they were`).toBe('refused')

      const fitting = { ...raw, events: recounted(raw.events) }
      const originally = explain(record, [OLD, NEW])
      for (const [p, v] of explain(fitting, [OLD, NEW]).entries()) {
        if (v.verdict === 'explained') {
          survivors++
          expect(couldBe(kind, at, record), `${about} survives under ${v.policy}`).toBe(true)
        } else if (originally[p]?.verdict === 'explained') {
          // Nothing before the change can be wrong, and the judge must not need long to see it.
          expect(v.at?.seq, `${about} under ${v.policy}: ${v.at?.text}`).toBeGreaterThanOrEqual(
            at.seq,
          )
          expect(v.at?.seq, `${about} under ${v.policy}: ${v.at?.text}`).toBeLessThan(at.seq + 40)
        }
      }
    }
    console.info(
      `${name}: ${PER_FIXTURE} mutants, all refused as they are; with their counts made to fit, ${survivors} of ${2 * PER_FIXTURE} verdicts are "explained"`,
    )
  })
})
