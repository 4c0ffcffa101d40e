/**
 * Every small shipped cell, four ways: the search on packed states in WebAssembly and in JavaScript, the plain interpreter of the
 * automata, and the live generators on random walks. They must agree on every count, every verdict and every value.
 */
import {
  type CheckResult,
  check,
  explorePlain,
  initialState,
  plainReader,
  plainStep,
  replay,
} from '@mmulab/checker'
import { tellToken } from '@mmulab/compare'
import { CLAIMS, type ClaimId, evaluate } from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import { explore, lab } from './lab.ts'
import { SMALL_CELLS as CELLS, MOST_STATES, titleOf as title } from './small-cells.ts'

/** A small generator of random numbers, so that a printed seed is enough to see a failure again. */
function random(seed: number): (n: number) => number {
  let s = seed
  return (n) => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0
    return Math.floor((s / 2 ** 32) * n)
  }
}

describe('the search and its plain twin', () => {
  const judged = new Map<string, number>()
  let cells = 0
  it.each(CELLS.map((c) => [title(c), c] as const))('%s', (_, c) => {
    const { linked, result } = explore(c.policy, c.drivers.join('+'), c.scenario)
    if (result.reductions || result.states > MOST_STATES) return
    cells++
    const whole = (r: CheckResult): unknown => ({ ...r, bytesPerState: 0 })
    expect(whole(check(linked, { backend: 'javascript' }))).toEqual(whole(result))
    const plain = explorePlain(linked)
    expect([result.states, result.transitions]).toEqual([plain.states.size, plain.transitions])
    const depths = new Map<ClaimId, number>()
    for (const [key, depth] of plain.violations) {
      const claim = key.slice(0, key.indexOf(':')) as ClaimId
      depths.set(claim, Math.min(depth, depths.get(claim) ?? depth))
    }
    for (const claim of CLAIMS) {
      if (['deadlock', 'progress', 'lock-order'].includes(claim)) continue
      const r = result.claims[claim]
      if (r.verdict === 'not-claimed') continue
      expect([claim, r.steps], claim).toEqual([claim, depths.get(claim)])
      judged.set(r.verdict, (judged.get(r.verdict) ?? 0) + 1)
    }
  })
  it('judged enough of both kinds', () => {
    console.info(`${cells} of ${CELLS.length} cells have at most ${MOST_STATES} states`)
    expect(cells).toBeGreaterThan(300)
    expect(judged.get('violated') ?? 0).toBeGreaterThan(20)
    expect(judged.get('holds') ?? 0).toBeGreaterThan(200)
  })
})

describe('the automata and the live procedures, on random walks', () => {
  it.each(CELLS.map((c, i) => [title(c), i + 1, c] as const))('%s, seed %i', (_, seed, c) => {
    const { linked, cell } = explore(c.policy, c.drivers.join('+'), c.scenario)
    const pick = random(seed)
    for (let walk = 0; walk < 8; walk++) {
      const live = replay(cell.world, { callbackClasses: linked.callbackClasses })
      let state = initialState(linked)
      for (let step = 0; step < 400; step++) {
        const { moves } = plainStep(linked, state)
        const enabled = linked.automata.map((_, t) => live.enabled(t))
        expect(linked.automata.map((_, t) => moves.some((m) => m.task === t))).toEqual(enabled)
        const move = moves[pick(moves.length)]
        if (!move?.to) break
        const events = live.step(move.task, move.answer)
        const broken = events.flatMap((e) =>
          e.kind === 'violation' ? [`${e.claim} ${e.message}`] : [],
        )
        const flags = move.flags.flatMap((f) =>
          f.kind === 'violate' ? [`${f.claim} ${f.message}`] : [],
        )
        expect(broken).toEqual(flags)
        state = move.to
        const read = plainReader(linked.variables, state)
        for (const { variable } of linked.variables)
          expect([variable.name, live.read(variable)]).toEqual([variable.name, read(variable)])
      }
    }
  })
})

describe('every token tells its story again on the live procedures', () => {
  it.each(CELLS.map((c) => [title(c), c] as const))('%s', (_, c) => {
    const { cell, linked, result, tokens } = explore(c.policy, c.drivers.join('+'), c.scenario)
    for (const [claim, token] of tokens) {
      const story = tellToken(lab, token)
      expect(story.claim).toBe(claim)
      const { steps = 0, message } = result.claims[claim]
      const upTo = story.scenes.slice(0, steps)
      const said = upTo.at(-1)?.events.some((e) => e.kind === 'violation' && e.claim === claim)
      const { prefix } = story.schedule
      expect(prefix).toBe(steps)
      if (claim === 'progress' || claim === 'deadlock') continue
      // Broken by the last step of the prefix, or by the state after it.
      const live = replay(cell.world)
      for (const scene of upTo) {
        const step = scene.events.find((e) => e.kind === 'step')
        const choice = step?.kind === 'step' && step.op.kind === 'choose' ? step.answer : undefined
        live.step(scene.task, choice)
      }
      const bad = linked.invariants.some(
        (i) => i.claim === claim && evaluate(i.holds, (v) => live.read(v)) === 0,
      )
      expect([claim, message, said || bad]).toEqual([claim, message, true])
    }
  })
})
