// Several causes of one broken promise, against the plain exploration.
import { type ClaimId, eq, evaluate, variable } from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import type { Linked } from '../src/automaton.ts'
import { check } from '../src/check.ts'
import { explorePlain, type PlainSpace, plainKey, plainReader } from '../src/plain.ts'
import type { ClaimResult } from '../src/result.ts'
import { automaton, end, linkedOf, lock, node, sequence } from './build.ts'
import { canFinish, execute } from './judge.ts'
import { randomWorld } from './random-world.ts'

const words = (text: string): string => text.replace(/\d+/g, '#')

const all = (c: ClaimResult | undefined): ClaimResult[] =>
  c?.verdict === 'violated' ? [c, ...(c.others ?? [])] : []

describe('causes', () => {
  it('the same promise broken by two functions is told twice, each by its shortest way', () => {
    const v = variable('count', { max: 1 })
    const w = variable('other', { max: 1 })
    const named = (name: string, steps: Parameters<typeof sequence>[1]) => {
      const a = sequence(name, steps)
      return { ...a, nodes: a.nodes.map((n) => ({ ...n, source: `mm/${name}.c:${name}` })) }
    }
    const linked = linkedOf(
      [
        named('munmap', [{ set: [[v, 1]] }]),
        named('reap', [{}, {}, { set: [[v, 1]] }, { set: [[w, 1]] }]),
      ],
      [v, w],
      {
        invariants: [
          { claim: 'balance', holds: eq(v, 0), message: 'count is not 0' },
          { claim: 'balance', holds: eq(w, 0), message: 'other is not 0' },
        ],
      },
    )
    const { balance } = check(linked, { all: true }).claims
    expect(balance).toMatchObject({ steps: 1, message: 'count is not 0' })
    expect(balance.others?.map((o) => [o.message, o.steps])).toEqual([
      ['count is not 0', 3],
      ['other is not 0', 4],
    ])
    expect(check(linked).claims.balance).not.toHaveProperty('others')
  })

  it('what has become impossible: each task that is lost, each ring', () => {
    const l = [0, 1, 2].map((i) => variable(`lock${i}`, { max: 3 }))
    const [a, b, c] = l
    if (!a || !b || !c) throw new Error('no lock')
    const linked = linkedOf(
      [
        sequence('x', [lock(a, 0), lock(b, 0), {}]),
        sequence('y', [lock(b, 1), lock(a, 1), lock(c, 1)]),
        sequence('z', [lock(c, 2), lock(b, 2)]),
      ],
      l,
    )
    const { deadlock, progress } = check(linked, { all: true }).claims
    expect(all(deadlock).map((d) => d.waitFor?.map((w) => w.task).join())).toEqual(
      ['x,y', 'y,z'].slice(0, all(deadlock).length),
    )
    expect(all(deadlock).length).toBeGreaterThan(0)
    expect(new Set(all(progress).map((p) => p.schedule?.stuck)).size).toBe(all(progress).length)
    expect(all(progress).length).toBeGreaterThan(1)
  })

  it('a kernel that stops in two places, and a domain that is left on the way to one', () => {
    const v = variable('v', { max: 1 })
    const bug = [{ kind: 'violate', claim: 'warn', message: 'BUG' }] as const
    const t = automaton('t', [
      node({ choose: true, to: [1, 2, 3] }),
      node({ edges: [{ answer: 0, to: -1, flags: bug }], label: 'one' }),
      node({ edges: [{ answer: 0, to: -1, flags: bug }], label: 'two' }),
      node({ edges: [{ answer: 0, to: -1, flags: bug }], set: [[v, 2]], label: 'never' }),
      end,
    ])
    const nodes = t.nodes.map((n) => ({ ...n, source: n.label }))
    const { warn } = check(linkedOf([{ ...t, nodes }], [v]), { all: true }).claims
    expect(all(warn).map((c) => c.steps)).toEqual([2, 2])
  })
})

describe('on random worlds', () => {
  const worlds = Array.from({ length: 200 }, (_, i) => i + 1).map((seed) => {
    const linked = randomWorld(seed)
    const automata = linked.automata.map((a) => ({
      ...a,
      nodes: a.nodes.map((n, i) => ({ ...n, source: `${a.name} ${i}` })),
    }))
    return { seed, linked: { ...linked, automata } }
  })

  it('every cause is found, with its least number of steps', () => {
    let more = 0
    for (const { seed, linked } of worlds) {
      const plain = explorePlain(linked)
      const { claims } = check(linked, { all: true })
      for (const claim of ['memory', 'coherence', 'balance', 'context'] as const) {
        const told = all(claims[claim])
        if (told.length > 1) more++
        expect(told.map((c) => c.steps ?? 0).sort(), `seed ${seed}, ${claim}`).toEqual(
          [...plainCauses(linked, plain, claim).values()].sort(),
        )
        for (const c of told) {
          const { states } = execute(linked, c.schedule?.moves ?? [])
          expect(states.length).toBeGreaterThan(0)
        }
      }
    }
    expect(more).toBeGreaterThan(10)
  })

  it('every task that can be lost is told of, or one that says the same', () => {
    let more = 0
    for (const { seed, linked } of worlds) {
      const plain = explorePlain(linked)
      const finish = canFinish(linked, plain)
      const lost = linked.automata.flatMap((a, t) =>
        !a.daemon && [...plain.states.keys()].some((k) => !finish[t]?.has(k)) ? [t] : [],
      )
      const told = all(check(linked, { all: true }).claims.progress)
      if (told.length > 1) more++
      expect(told.length > 0, `seed ${seed}`).toBe(lost.length > 0)
      for (const c of told) {
        const { stuck = -1, prefix } = c.schedule ?? { prefix: 0 }
        expect(lost).toContain(stuck)
        const { states } = execute(linked, (c.schedule?.moves ?? []).slice(0, prefix))
        const here = states.at(-1)
        expect(here && finish[stuck]?.has(plainKey(here))).toBe(false)
        const depths = [...plain.states.values()].flatMap((s) =>
          finish[stuck]?.has(s.key) ? [] : [s.depth],
        )
        expect(prefix).toBe(Math.min(...depths))
      }
      expect(new Set(told.map((c) => words(c.message ?? ''))).size).toBe(told.length)
    }
    expect(more).toBeGreaterThan(20)
  })
})

/** `message by op`, and the least number of steps after which it is broken so. */
function plainCauses(linked: Linked, plain: PlainSpace, claim: ClaimId): Map<string, number> {
  const causes = new Map<string, number>()
  const add = (key: string, depth: number): void => {
    causes.set(key, Math.min(depth, causes.get(key) ?? depth))
  }
  const brokenIn = (s: {
    readonly pcs: readonly number[]
    readonly values: readonly number[]
  }): string[] =>
    linked.invariants.flatMap((i) =>
      i.claim === claim && evaluate(i.holds, plainReader(linked.variables, s)) === 0
        ? [i.message]
        : [],
    )
  for (const f of linked.automata.flatMap((a) => a.startFlags))
    if (f.kind === 'violate' && f.claim === claim) add(words(f.message), 0)
  for (const s of plain.states.values()) {
    if (s.depth === 0) for (const m of brokenIn(s.state)) add(words(m), 0)
    const holds = new Set(linked.invariants.map((i) => i.message))
    for (const m of brokenIn(s.state)) holds.delete(m)
    for (const move of s.moves) {
      const by = linked.automata[move.task]?.nodes[s.state.pcs[move.task] ?? 0]?.source
      for (const f of move.flags)
        if (f.kind === 'violate' && f.claim === claim)
          add(`${words(f.message)} by ${by}`, s.depth + 1)
      for (const m of move.to ? brokenIn(move.to) : [])
        if (holds.has(m)) add(`${words(m)} by ${by}`, s.depth + 1)
    }
  }
  return causes
}
