/** What can be at all holds every state that there is, and less than anything. */
import { eq, evaluate, minus, plus, type Variable, variable, when } from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import { ATTAINABLE_RULES, attainableIn } from '../src/attainable.ts'
import type { Linked } from '../src/automaton.ts'
import { at, type Unpacked } from '../src/layout.ts'
import { explorePlain, plainReader, plainStep } from '../src/plain.ts'
import { automaton, end, linkedOf, node, sequence } from './build.ts'
import { countedWorld } from './noticing-worlds.ts'
import { pairOfWorlds } from './pair-of-worlds.ts'
import { driversWorld, pagesWorld } from './parts-world.ts'
import { randomWorld } from './random-world.ts'
import { lockedWorld, sparseWorld } from './sparse-world.ts'
import { twinWorld } from './twin-world.ts'

const range = (l: Linked, v: Variable): unknown => {
  const { min, max } = l.variables.find((x) => x.variable === v) ?? {}
  return [min, max]
}

/** The first thing that is in a state of the whole world and not here; undefined where all is. */
function missing(whole: Linked, here: Linked): string | undefined {
  for (const { state } of explorePlain(whole).states.values()) {
    const read = plainReader(whole.variables, state)
    for (const { variable: v, min, max } of here.variables)
      if (read(v) < min || read(v) > max) return `${v.name} is ${read(v)}`
    if (movesIn(whole, state) !== movesIn(here, state)) return `moves at ${state.pcs}`
    const said = (l: Linked): number[] => [
      ...l.invariants.map((i) => evaluate(i.holds, read)),
      ...l.sometimes.flatMap((s) => ('mark' in s.when ? [] : [evaluate(s.when, read)])),
      ...l.measures.map((m) => evaluate(m.value, read)),
    ]
    if (said(whole).join() !== said(here).join()) return `claims at ${state.pcs}`
  }
  return undefined
}

function movesIn(l: Linked, state: Unpacked): string {
  try {
    return JSON.stringify(plainStep(l, state))
  } catch {
    // An answer that leads nowhere.
    return 'no way on'
  }
}

const KINDS = {
  randomWorld,
  pairOfWorlds,
  sparseWorld,
  lockedWorld,
  twinWorld,
  driversWorld,
  pagesWorld,
}
const worldsOf = (kind: keyof typeof KINDS, count: number): Linked[] =>
  Array.from({ length: count }, (_, i) => KINDS[kind](i + 1)).filter((l) => !isLarge(l))

/** More than the plain twin is asked for. */
const isLarge = (l: Linked): boolean => l.automata.reduce((n, a) => n * a.nodes.length, 1) > 3_000

describe('in random worlds', () => {
  it.each(Object.keys(KINDS) as (keyof typeof KINDS)[])('%s', (kind) => {
    worldsOf(kind, kind === 'driversWorld' ? 60 : 300).forEach((l, i) => {
      expect(missing(l, attainableIn(l)), `${kind} ${i + 1}`).toBeUndefined()
    })
  })

  it('it is less than anything', () => {
    const places = (l: Linked): number =>
      l.automata.reduce((n, a) => n + a.nodes.reduce((k, x) => k + x.edges.length, 0), 0)
    const worlds = worldsOf('sparseWorld', 300)
    const sum = (list: Linked[]): number => list.map(places).reduce((a, b) => a + b)
    expect(sum(worlds.map((l) => attainableIn(l)))).toBeLessThan(sum(worlds) * 0.95)
  })
})

describe('what holds itself up only', () => {
  const [entry, page] = [
    variable('entry', { max: 2, init: 1 }),
    variable('page', { max: 3, init: 1 }),
  ]
  /** Fills the entry with the other page if it is empty, which it never is. */
  const fault = automaton('fault', [
    node({ answer: eq(entry, 0), to: [2, 1] }),
    node({ set: [[entry, when(eq(page, 0), 2, 0)]], to: 2 }),
    node({ answer: eq(entry, 2), to: [4, 3] }),
    node({ set: [[page, minus(page, 1)]], to: 4 }),
    end,
  ])

  it('is not there', () => {
    const here = attainableIn(linkedOf([fault], [entry, page]))
    expect([range(here, entry), range(here, page)]).toEqual([
      [1, 1],
      [1, 1],
    ])
    expect(at(here.automata, 0).nodes.map((n) => n.edges.length)).toEqual([1, 0, 1, 0, 0])
  })

  it('is there as soon as somebody else empties the entry', () => {
    const zap = sequence('zap', [{ set: [[entry, 0]] }, { set: [[page, minus(page, 1)]] }])
    const here = attainableIn(linkedOf([fault, zap], [entry, page]))
    expect([range(here, entry), range(here, page)]).toEqual([
      [0, 2],
      [0, 1],
    ])
    expect(at(here.automata, 0).nodes.map((n) => n.edges.length)).toEqual([2, 1, 2, 1, 0])
  })
})

it('counts what all tasks together can have added', () => {
  const [count, other] = [variable('count', { max: 9 }), variable('other', { max: 2 })]
  const up = { set: [[count, plus(count, 1)]] } as const
  const down = { set: [[count, minus(count, 1)]] } as const
  const tasks = [1, 2].map((t) => sequence(`t${t}`, [up, down, up]))
  const late = automaton('late', [
    node({ answer: eq(count, 3), to: [2, 1] }),
    node({ set: [[other, 1]], to: 2 }),
    end,
  ])
  const here = attainableIn(linkedOf([...tasks, late], [count, other]))
  expect([range(here, count), range(here, other)]).toEqual([
    [0, 2],
    [0, 0],
  ])
})

describe('what is left out is missed', () => {
  const worlds = [countedWorld(), ...worldsOf('sparseWorld', 20)]
  it.each(Object.keys(ATTAINABLE_RULES))('%s', (rule) => {
    const rules = { ...ATTAINABLE_RULES, [rule]: false }
    expect(worlds.some((l) => missing(l, attainableIn(l, rules)) !== undefined)).toBe(true)
  })
})
