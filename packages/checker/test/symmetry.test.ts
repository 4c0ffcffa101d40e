// Which tasks, drivers and pages may change places, and what it looks like when they do.
import { eq, variable, when } from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import type { Automaton, Linked } from '../src/automaton.ts'
import { exchanged } from '../src/exchange.ts'
import { layOut, pack, unpack } from '../src/layout.ts'
import { explorePlain } from '../src/plain.ts'
import { symmetryOf, symmetryReport } from '../src/symmetry.ts'
import { createSorter } from '../src/symmetry-code.ts'
import { automaton, edge, end, linkedOf, node, sequence } from './build.ts'
import { driversWorld, pagesWorld } from './parts-world.ts'
import { twinWorld } from './twin-world.ts'

const KINDS = { twin: twinWorld, drivers: driversWorld, pages: pagesWorld } as const

describe.each(Object.entries(KINDS))('%s worlds', (kind, world) => {
  const SEEDS = Array.from({ length: 60 }, (_, i) => i + 1)

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
    if (kind === 'drivers') expect(swapped).toBeGreaterThan(15)
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
