import { CLAIMS, type ClaimId, evaluate } from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import type { Linked } from '../src/automaton.ts'
import { check } from '../src/check.ts'
import { initialState } from '../src/layout.ts'
import { explorePlain, type PlainSpace, plainKey, plainReader, plainStep } from '../src/plain.ts'
import type { CheckResult, ClaimResult, Schedule } from '../src/result.ts'
import {
  canFinish,
  canReachGoal,
  deadlockDepth,
  execute,
  fewestSwitches,
  goalDepth,
  progressDepth,
} from './judge.ts'
import { randomWorld } from './random-world.ts'

/** Worlds of some thousands of states: large enough for the search to have its code trained. */
const LARGE = [1739, 2584, 7494, 9135, 18267, 22530]
const SEEDS = [...Array.from({ length: 600 }, (_, i) => i + 1), ...LARGE]

describe('generated code against the plain interpreter, on random worlds', () => {
  const seen = { states: 0, violated: new Map<string, number>(), unfinished: 0, loops: 0 }

  it.each(SEEDS)('seed %i', (seed) => {
    const linked = randomWorld(seed)
    const plain = explorePlain(linked)
    const result = check(linked)
    compareCounts(linked, plain, result)
    compareVerdicts(linked, plain, result)
    seen.states += plain.states.size
    for (const claim of CLAIMS) {
      const c = result.claims[claim]
      if (c.verdict === 'unfinished') seen.unfinished++
      if (c.verdict !== 'violated') continue
      seen.violated.set(claim, (seen.violated.get(claim) ?? 0) + 1)
      if (c.schedule?.loop !== undefined) seen.loops++
      replaySchedule(linked, plain, c)
    }
  })

  it('the worlds were not all trivial', () => {
    expect(seen.states).toBeGreaterThan(20_000)
    expect(seen.unfinished).toBeGreaterThan(100)
    expect(seen.loops).toBeGreaterThan(20)
    for (const claim of ['memory', 'warn', 'bound', 'progress', 'deadlock', 'oom'] as const)
      if (claim !== 'warn') expect(seen.violated.get(claim) ?? 0, claim).toBeGreaterThan(20)
  })
})

function compareCounts(linked: Linked, plain: PlainSpace, result: CheckResult): void {
  expect(result.complete).toBe(true)
  expect(result.states).toBe(plain.states.size)
  expect(result.transitions).toBe(plain.transitions)
  const all = [...plain.states.values()]
  expect(result.depth).toBe(Math.max(...all.map((s) => s.depth)))
  expect(result.sometimes.map((s) => s.reached)).toEqual([
    plain.marks.has('mark0'),
    plain.sometimes.has(1),
  ])
  linked.measures.forEach((m, i) => {
    const values = all
      .filter(({ state }) =>
        m.when
          ? evaluate(m.when, plainReader(linked.variables, state)) !== 0
          : linked.automata.every((a, t) => a.daemon || a.nodes[state.pcs[t] ?? 0]?.kind === 'end'),
      )
      .map(({ state }) => evaluate(m.value, plainReader(linked.variables, state)))
    const range =
      values.length > 0 ? [Math.min(...values), Math.max(...values)] : [undefined, undefined]
    expect([result.measures[i]?.min, result.measures[i]?.max]).toEqual(range)
  })
}

function compareVerdicts(linked: Linked, plain: PlainSpace, result: CheckResult): void {
  const bounded = [...plain.violations.keys()].some((v) => v.startsWith('bound: '))
  const depthOf = (claim: ClaimId): number | undefined => {
    if (claim === 'progress') return progressDepth(linked, plain)
    if (claim === 'deadlock') return deadlockDepth(linked, plain)
    if (claim === 'oom') return goalDepth(linked, plain)
    const depths = [...plain.violations].filter(([v]) => v.startsWith(`${claim}: `))
    return depths.length > 0 ? Math.min(...depths.map(([, d]) => d)) : undefined
  }
  const depths = new Map(CLAIMS.map((claim) => [claim, depthOf(claim)]))
  // Nothing broken, and something that should be possible is not: then nothing was shown.
  const vacuous =
    [...depths.values()].every((d) => d === undefined) &&
    !(plain.marks.has('mark0') && plain.sometimes.has(1))
  for (const claim of CLAIMS) {
    const depth = depths.get(claim)
    const c = result.claims[claim]
    expect(c.verdict, claim).toBe(
      depth !== undefined ? 'violated' : bounded || vacuous ? 'unfinished' : 'holds',
    )
    expect(c.steps, claim).toBe(depth)
  }
}

function replaySchedule(linked: Linked, plain: PlainSpace, c: ClaimResult): void {
  const { schedule } = c
  if (!schedule) throw new Error('a violation has a schedule')
  expect(schedule.prefix).toBe(c.steps)
  if (schedule.claim === 'bound') {
    replayBound(linked, c, schedule)
    return
  }
  const head = schedule.moves.slice(0, schedule.prefix)
  const { states, last } = execute(linked, head)
  const here = plain.states.get(plainKey(states.at(-1) ?? initialState(linked)))
  if (!here) throw new Error('the schedule leads out of the world')
  const switches = head.filter((m, i) => i > 0 && head[i - 1]?.task !== m.task).length
  expect(c.switches).toBe(switches)
  expect(c.fewestSwitches).toBe(true)
  const { claim } = schedule
  const start = plainKey(initialState(linked))
  const finish = canFinish(linked, plain)
  if (claim === 'deadlock') {
    expect(c.waitFor?.length).toBeGreaterThan(0)
    return
  }
  if (claim === 'progress') {
    const stuck = schedule.stuck ?? -1
    expect(finish[stuck]?.has(here.key)).toBe(false)
    if (schedule.pointOfNoReturn !== undefined)
      expect(finish[stuck]?.has(plainKey(states[schedule.pointOfNoReturn] ?? here.state))).toBe(
        true,
      )
    const lost = (key: string): boolean =>
      linked.automata.some((a, t) => !a.daemon && !finish[t]?.has(key))
    expect(switches).toBe(fewestSwitches(plain, start, head.length, (s, m) => !m && lost(s.key)))
    const whole = execute(linked, schedule.moves).states.map(plainKey)
    expect(whole.length).toBe(schedule.moves.length + 1)
    if (schedule.loop !== undefined) {
      expect(whole[schedule.loop]).toBe(whole.at(-1))
      const round = schedule.moves.slice(schedule.loop)
      expect(round.some((m) => m.task === stuck)).toBe(true)
    }
    return
  }
  if (claim === 'oom') {
    // The world's goal: from here it cannot be reached any more, and one state before it still could.
    const can = canReachGoal(linked, plain)
    expect(can.has(here.key)).toBe(false)
    expect(switches).toBe(
      fewestSwitches(plain, start, head.length, (s, m) => !m && !can.has(s.key)),
    )
    if (schedule.pointOfNoReturn !== undefined)
      expect(can.has(plainKey(states[schedule.pointOfNoReturn] ?? here.state))).toBe(true)
    return
  }
  const holdsIn = (key: string): boolean => {
    const s = plain.states.get(key)
    return linked.invariants.every(
      (i) =>
        i.claim !== claim || !s || evaluate(i.holds, plainReader(linked.variables, s.state)) !== 0,
    )
  }
  const flagged = (flags: readonly { kind: string }[] | undefined): boolean =>
    (flags ?? []).some((f) => f.kind === 'violate' && 'claim' in f && f.claim === claim)
  if (head.length > 0) {
    expect(!holdsIn(here.key) || flagged(last?.flags)).toBe(true)
    expect(switches).toBe(
      fewestSwitches(plain, start, head.length, (s, m) => (m ? flagged(m.flags) : !holdsIn(s.key))),
    )
  }
  expect(plain.violations.get(`${claim}: ${c.message}`)).toBe(head.length)
}

/** The last move is the one that is not made. */
function replayBound(linked: Linked, c: ClaimResult, schedule: Schedule): void {
  const { states } = execute(linked, schedule.moves.slice(0, -1))
  const over = plainStep(linked, states.at(-1) ?? initialState(linked)).exceeded
  const names = over
    .filter((x) => x.task === schedule.moves.at(-1)?.task)
    .map((x) => x.variable.name)
  expect(names).toContain(c.message?.split(' ')[0])
}
