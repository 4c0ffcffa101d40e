// Which tasks, drivers and pages may change places, and what it looks like when they do.
import { and, eq, evaluate, ne, plus, variable, when } from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import type { Automaton, Linked } from '../src/automaton.ts'
import { check } from '../src/check.ts'
import { exchanged } from '../src/exchange.ts'
import { layOut, pack, type Unpacked, unpack } from '../src/layout.ts'
import { explorePlain, plainReader } from '../src/plain.ts'
import { symmetryOf, symmetryReport } from '../src/symmetry.ts'
import { createSorter } from '../src/symmetry-code.ts'
import { automaton, edge, end, linkedOf, node, sequence } from './build.ts'
import { execute } from './judge.ts'
import { driversWorld, pagesWorld } from './parts-world.ts'
import { twinWorld } from './twin-world.ts'

const KINDS = { twin: twinWorld, drivers: driversWorld, pages: pagesWorld } as const

describe.each(Object.entries(KINDS))('%s worlds', (kind, world) => {
  // The plain twin is slow.
  const SEEDS = Array.from({ length: 90 }, (_, i) => i + 1).filter(
    (seed) => check(world(seed), { maxStates: 1_500 }).complete,
  )

  it('generated code makes the exchanges that it says it makes', () => {
    let [made, swapped, moved] = [0, 0, 0]
    for (const seed of SEEDS) {
      const linked = world(seed)
      const symmetry = symmetryOf(linked)
      if (!symmetry) continue
      if (symmetry.exchanges.some((e) => e.tasks.length > 1)) swapped++
      if (symmetry.exchanges.some((e) => e.places.size > 0)) moved++
      const layout = layOut(linked)
      const sort = createSorter(symmetry, layout)
      const states = [...explorePlain(linked).states.values()].slice(0, 300)
      for (const { state } of states) {
        const words = pack(layout, state.pcs, state.values)
        const turned = sort(words)
        if (turned !== 0) made++
        const after = symmetry.exchanges
          .filter((_, k) => (turned >> k) & 1)
          .reduce((s, e) => exchanged(linked, e, s), state)
        expect(unpack(layout, words), `${kind} ${seed}`).toEqual(after)
        // Sorted once is sorted, and an exchange made twice is none.
        for (const e of symmetry.exchanges)
          expect(exchanged(linked, e, exchanged(linked, e, state)), `${kind} ${seed}`).toEqual(
            state,
          )
      }
    }
    expect(made).toBeGreaterThan(300)
    if (kind === 'drivers') expect(swapped).toBeGreaterThan(10)
    if (kind === 'pages') expect(moved).toBeGreaterThan(4)
  })

  it('exchanges map the space of states to itself', () => {
    for (const seed of SEEDS.slice(0, 20)) {
      const linked = world(seed)
      const { states } = explorePlain(linked)
      for (const e of symmetryOf(linked)?.exchanges ?? [])
        for (const { state, moves } of states.values()) {
          const s = exchanged(linked, e, state)
          const there = states.get(`${s.pcs.join()}|${s.values.join()}`)
          expect(there?.moves.length, `${kind} ${seed}`).toBe(moves.length)
        }
    }
  })
})

/** Two pages, each with its user, and somebody who goes over both: one after the other, or one of them. */
function twoPages(over: 'in order' | 'one of them' | 'the lowest that is free'): Linked {
  const used = [0, 1].map((p) => variable(`used[${p}]`, { max: 1 }))
  const [zero, one] = used as [(typeof used)[0] & object, (typeof used)[0] & object]
  const users = used.map((v, p) =>
    sequence(`user${p}`, [{ set: [[v, 1]] }, {}, {}, { set: [[v, 0]] }]),
  )
  const walkers: Record<typeof over, Automaton> = {
    'in order': sequence('walker', [{ guard: eq(zero, 0) }, { guard: eq(one, 0) }]),
    'one of them': automaton('walker', [
      node({ choose: true, edges: [edge(0, 1), edge(1, 2)] }),
      node({ guard: eq(zero, 0), to: 3 }),
      node({ guard: eq(one, 0), to: 3 }),
      end,
    ]),
    'the lowest that is free': sequence('walker', [
      {
        set: [
          [zero, 1],
          [one, when(eq(zero, 0), one, 1)],
        ],
      },
    ]),
  }
  return linkedOf([...users, walkers[over]], used)
}

describe('two pages', () => {
  it('change places where somebody picks one of them', () => {
    const { symmetry, apart } = symmetryReport(twoPages('one of them'))
    expect(apart).toEqual([])
    expect(symmetry?.exchanges.map((e) => e.tasks)).toEqual([[[0, 1]]])
    // The walker stays, and is at the other page then.
    expect(symmetry?.exchanges[0]?.places.get(2)).toEqual([0, 2, 1, 3])
    expect(symmetry?.keepsPlaces).toBe(false)
  })

  it.each(['in order', 'the lowest that is free'] as const)(
    'do not where they are taken %s, and it is said by whom',
    (over) => {
      expect(symmetryReport(twoPages(over))).toEqual({
        symmetry: undefined,
        apart: [{ tasks: [0, 1], by: 2 }],
      })
    },
  )
})

/** The same with a claim that breaks, and somebody who may pick pages for ever and never leave. */
function pickedForEver(breaks: boolean): Linked {
  const used = [0, 1].map((p) => variable(`used[${p}]`, { max: 1 }))
  const bad = { kind: 'violate', claim: 'memory', message: 'used' } as const
  const users = used.map((v, p) =>
    automaton(`user${p}`, [node({ set: [[v, 1]], to: 1, flags: breaks ? [bad] : [] }), end]),
  )
  const ways = used.map((v) => node({ answer: eq(v, 1), to: [0, 0] }))
  const choice = node({ choose: true, edges: [edge(0, 1), edge(1, 2), edge(2, 3)] })
  return linkedOf([...users, automaton('picker', [choice, ...ways, end])], used)
}

describe('strong fairness with pages that change places', () => {
  it('is not judged where it depends on choices, but by the plain search', () => {
    const linked = pickedForEver(false)
    const plain = check(linked, { reductions: {} })
    expect(plain.fair.unless).toBeDefined()
    const r = check(linked, { reductions: { symmetry: true } })
    expect(r.fair).toEqual(plain.fair)
    const { states = 0 } = r.reductions ?? {}
    expect(states).toBeLessThan(plain.states)
    const cut = check(linked, { reductions: { symmetry: true }, maxStates: states }).fair
    expect([cut.verdict, cut.message]).toEqual(['unfinished', expect.stringContaining('pages')])
  })

  it('is told by the plain search where that is made anyway', () => {
    const linked = pickedForEver(true)
    const { fair } = check(linked, { reductions: { symmetry: true }, all: true })
    expect(fair).toEqual(check(linked).fair)
  })
})

/** Two users go a long way; when both are there, somebody picks a page, which is not to be picked. */
function pickedAtTheEnd(): Linked {
  const steps = 8
  const used = [0, 1].map((p) => variable(`used[${p}]`, { max: steps }))
  const who = variable('who', { max: 2 })
  const users = used.map((v, p) =>
    sequence(
      `user${p}`,
      Array.from({ length: steps }, () => ({ set: [[v, plus(v, 1)]] as const })),
    ),
  )
  const guard = and(...used.map((v) => eq(v, steps)))
  const ways = [1, 2].map((p) => node({ set: [[who, p]], to: 3 }))
  const choice = node({ choose: true, guard, edges: [edge(0, 1), edge(1, 2)] })
  return linkedOf([...users, automaton('picker', [choice, ...ways, end])], [...used, who], {
    invariants: [1, 2].map((p) => ({
      claim: 'memory' as const,
      holds: ne(who, p),
      message: `page ${p - 1} is picked`,
    })),
  })
}

it('a schedule that only the reduced search has found is about the pages that it names', () => {
  const linked = pickedAtTheEnd()
  const { states } = check(linked, { reductions: { symmetry: true } }).reductions ?? {}
  const r = check(linked, { reductions: { symmetry: true }, maxStates: states })
  const { schedule, fewestSteps, message = '' } = r.claims.memory
  expect(fewestSteps).toBe(false)
  const { states: passed } = execute(linked, schedule?.moves ?? [])
  const read = plainReader(linked.variables, passed.at(-1) as Unpacked)
  const broken = linked.invariants.filter((i) => evaluate(i.holds, read) === 0)
  expect(broken.map((i) => i.message)).toEqual([message])
})
