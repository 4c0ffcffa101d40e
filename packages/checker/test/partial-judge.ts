/**
 * What a mode may say: nothing holds because of it, and what it finds broken is broken where its schedule ends, by the most naive
 * means.
 */
import { CLAIMS, evaluate } from '@mmulab/model'
import { expect } from 'vitest'
import type { Linked } from '../src/automaton.ts'
import { initialState } from '../src/layout.ts'
import { type PlainSpace, plainKey, plainReader, plainStep } from '../src/plain.ts'
import type { CheckResult, ClaimResult } from '../src/result.ts'
import { canFinish, canReachGoal, deadlocked, execute } from './judge.ts'

/** `whole` is what the search of everything says. The number of claims that were found broken. */
export function judgePartial(
  linked: Linked,
  space: PlainSpace,
  whole: CheckResult,
  part: CheckResult,
): number {
  expect(part.complete).toBe(false)
  expect(part.mode?.label).toBeTruthy()
  expect(part.states).toBeLessThanOrEqual(whole.states)
  let broken = 0
  for (const claim of CLAIMS) {
    if (claim === 'lock-order') continue
    const c = part.claims[claim]
    expect(['violated', 'unfinished', 'not-claimed'], claim).toContain(c.verdict)
    if (c.verdict !== 'violated') continue
    broken++
    expect(whole.claims[claim].verdict, claim).toBe('violated')
    expect(c.steps, claim).toBeGreaterThanOrEqual(whole.claims[claim].steps ?? 0)
    expect(isBroken(linked, space, c), `${claim}: ${c.message}`).toBe(true)
  }
  part.sometimes.forEach((s, i) => {
    if (s.reached) expect(whole.sometimes[i]?.reached, s.name).toBe(true)
  })
  part.measures.forEach((m, i) => {
    const all = whole.measures[i]
    if (m.min !== undefined) expect(m.min).toBeGreaterThanOrEqual(all?.min ?? Number.NaN)
    if (m.max !== undefined) expect(m.max).toBeLessThanOrEqual(all?.max ?? Number.NaN)
  })
  const reached = new Set(part.neverReached)
  expect(whole.neverReached.filter((op) => !reached.has(op))).toEqual([])
  return broken
}

function isBroken(linked: Linked, space: PlainSpace, { schedule, message }: ClaimResult): boolean {
  if (!schedule) return false
  const { claim, prefix } = schedule
  const head = schedule.moves.slice(0, prefix)
  if (claim === 'bound') {
    const { states } = execute(linked, head.slice(0, -1))
    const over = plainStep(linked, states.at(-1) ?? initialState(linked)).exceeded
    const names = over.filter((x) => x.task === head.at(-1)?.task).map((x) => x.variable.name)
    return names.includes(message?.split(' ')[0] ?? '')
  }
  const { states, last } = execute(linked, head)
  const here = states.at(-1) ?? initialState(linked)
  const key = plainKey(here)
  const whole = execute(linked, schedule.moves).states.map(plainKey)
  if (schedule.loop !== undefined && whole[schedule.loop] !== whole.at(-1)) return false
  const can = canFinish(linked, space)
  const point = schedule.pointOfNoReturn
  if (claim === 'progress') {
    if (point !== undefined && !can[schedule.stuck ?? -1]?.has(whole[point] ?? '')) return false
    return !can[schedule.stuck ?? -1]?.has(key)
  }
  if (claim === 'deadlock') return deadlocked(linked, space).has(key)
  if (claim === 'oom' && !canReachGoal(linked, space).has(key)) return true
  const flags = head.length > 0 ? (last?.flags ?? []) : linked.automata.flatMap((a) => a.startFlags)
  if (flags.some((f) => f.kind === 'violate' && f.claim === claim)) return true
  const read = plainReader(linked.variables, here)
  return linked.invariants.some((i) => i.claim === claim && evaluate(i.holds, read) === 0)
}
