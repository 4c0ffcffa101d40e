/**
 * Progress under strong fairness in reduced spaces: what the plain one says, over random worlds in which tasks go round and many fair
 * runs starve somebody. Then with reductions, and with fairness in them, that are wrong on purpose.
 */
import { and, eq, type Variable, variable } from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import { reductionOf } from '../src/alone.ts'
import { AMPLE_RULES, type AmpleRules } from '../src/ample.ts'
import type { Linked } from '../src/automaton.ts'
import { type FairRules, STRONG } from '../src/fair-regions.ts'
import { graphCache, judgeFutures } from '../src/futures.ts'
import { layOut } from '../src/layout.ts'
import type { Reductions } from '../src/reductions.ts'
import { createSchedules } from '../src/schedule.ts'
import { createSearch } from '../src/search.ts'
import { SYMMETRY_RULES, symmetryOf } from '../src/symmetry.ts'
import { complete, createBudget } from '../src/work.ts'
import { automaton, end, linkedOf, node, sequence } from './build.ts'
import { loopWorld } from './loop-world.ts'

const LIMIT = 800
const ORDER: Reductions = { fusion: true, partialOrder: true, slicing: true }
const MODES: readonly Reductions[] = [
  { fusion: true },
  { partialOrder: true },
  { slicing: true },
  ORDER,
]
const SYMMETRIC: readonly Reductions[] = [{ symmetry: true }, { ...ORDER, symmetry: true }]
const modesFor = (linked: Linked): readonly Reductions[] =>
  symmetryOf(linked) ? [...MODES, ...SYMMETRIC] : MODES
/** All of them where there is much to find out, and else all at once. */
const fewerFor = (linked: Linked, seed: number): readonly Reductions[] =>
  seed % 3 === 0 ? modesFor(linked) : modesFor(linked).slice(-1)

interface Wrong {
  readonly rules?: AmpleRules
  readonly fairRules?: FairRules
}

/** `starves`, `on a condition` or `holds`; undefined where the space is too large, or contradicts itself. */
function fairly(
  linked: Linked,
  reductions?: Reductions,
  { rules, fairRules }: Wrong = {},
): string | undefined {
  const reduction = reductions && reductionOf(linked, reductions, rules)
  const search = createSearch(linked, layOut(linked), { maxStates: LIMIT }, reduction)
  while (!search.done) search.run(LIMIT)
  if (search.stopped !== undefined) return undefined
  const budget = createBudget(Number.POSITIVE_INFINITY)
  const graphs = graphCache(search, budget, {})
  const schedules = createSchedules(search, graphs, budget)
  const { fair } = complete(judgeFutures({ search, graphs, schedules, budget }, { fairRules }))
  if (fair?.verdict === 'violated') return 'starves'
  return (fair?.unless ?? fair?.message) ? 'on a condition' : fair?.verdict
}

describe('strong fairness in reduced spaces', () => {
  const seen = { worlds: 0, starves: 0, 'on a condition': 0, holds: 0, equal: 0 }

  it.each([1, 501, 1001, 1501, 2001])('is what it is in the plain one, seeds from %i', (from) => {
    for (let seed = from; seed < from + 500; seed++) {
      const linked = loopWorld(seed)
      const plain = fairly(linked)
      if (plain === undefined) continue
      for (const mode of fewerFor(linked, seed))
        expect(fairly(linked, mode), `${seed} ${JSON.stringify(mode)}`).toBe(plain)
      seen.worlds++
      seen[plain as 'starves']++
      if (symmetryOf(linked) && plain !== 'holds') seen.equal++
    }
  })

  it('was asked of enough worlds in which a fair run starves somebody', () => {
    console.info('strong fairness in reduced spaces of random worlds:', seen)
    expect(seen.worlds).toBeGreaterThan(2_000)
    expect(Math.min(seen.starves, seen['on a condition'], seen.holds)).toBeGreaterThan(100)
    expect(seen.equal).toBeGreaterThan(30)
  })
})

/** `u` is never possible as long as `v` keeps `y` set whenever `t` sets `x`; who goes first there is all that matters. */
function missedWorld(): Linked {
  const [x, y] = ['x', 'y'].map((n) => variable(n, { max: 1 })) as [Variable, Variable]
  const flip = (name: string, v: Variable) =>
    automaton(name, [node({ set: [[v, 1]], to: 1 }), node({ set: [[v, 0]], to: 0 })], {
      daemon: true,
    })
  const u = sequence('u', [{ guard: and(eq(x, 1), eq(y, 0)), waits: { on: 'both' } }])
  return linkedOf([flip('t', x), flip('v', y), u], [x, y])
}

/**
 * Two equal tasks take the turn from each other, and each is content with having it when it looks. In the states that stand for all
 * others, whoever has the turn has the last name and would be content; on the loop it is always the first name that moves.
 */
function turnsWorld(): Linked {
  const turn = variable('turn', { max: 2 })
  const twin = (t: number) =>
    automaton(`twin${t}`, [
      node({ set: [[turn, t + 1]], to: 1 }),
      node({ answer: eq(turn, t + 1), to: [0, 2] }),
      end,
    ])
  return linkedOf([twin(0), twin(1)], [turn])
}

describe('wrong ones are noticed', () => {
  const worlds = [
    missedWorld(),
    turnsWorld(),
    ...Array.from({ length: 100 }, (_, i) => loopWorld(i + 1)),
  ].flatMap((linked) => {
    const plain = fairly(linked)
    return plain === undefined ? [] : [{ linked, plain }]
  })
  const ample = (wrong: Partial<AmpleRules>): Wrong => ({ rules: { ...AMPLE_RULES, ...wrong } })
  const fair = (wrong: Partial<FairRules>): Wrong => ({ fairRules: { ...STRONG, ...wrong } })

  it.each<[string, Wrong]>([
    ['whether somebody is ever possible does not matter', ample({ frees: () => false })],
    ['loops are left whole', ample({ cut: (_, may) => [...may] })],
    ['what others read does not matter', ample({ commutes: () => true })],
    [
      'a task is lost sight of when it changes places',
      ample({ symmetry: { ...SYMMETRY_RULES, follows: false } }),
    ],
    ['those who come back as each other are still two', fair({ joins: false })],
    ['one who can move again and again need not', fair({ entitled: () => 0 })],
    ['only one round of taking states out', fair({ again: false })],
  ])('%s', (_, wrong) => {
    const noticed = worlds.findIndex(({ linked, plain }) =>
      modesFor(linked).some((m) => fairly(linked, m, wrong) !== plain),
    )
    expect(noticed).toBeGreaterThanOrEqual(0)
  })

  it('and right ones are not', () => {
    for (const { linked, plain } of worlds.slice(0, 2))
      for (const m of modesFor(linked)) expect(fairly(linked, m)).toBe(plain)
    expect(worlds.slice(0, 2).map((w) => w.plain)).toEqual(['starves', 'starves'])
  })
})
