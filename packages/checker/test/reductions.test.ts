/**
 * Every reduction and every combination against the plain search: the same verdict for every claim, the same measures, the same
 * ops reached, and, for what is broken, schedules just as short. Then the same with reductions that are wrong on purpose, each
 * of which must be noticed.
 */
import { CLAIMS, eq, OTHER, type Variable, variable } from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import { createAlone, reductionOf } from '../src/alone.ts'
import { AMPLE_RULES, type AmpleRules } from '../src/ample.ts'
import type { Automaton, Linked } from '../src/automaton.ts'
import { check } from '../src/check.ts'
import { layOut } from '../src/layout.ts'
import type { Reductions } from '../src/reductions.ts'
import type { CheckResult } from '../src/result.ts'
import { createSearch } from '../src/search.ts'
import { verdicts } from '../src/verdict.ts'
import { edge, linkedOf, sequence } from './build.ts'
import { execute } from './judge.ts'
import { pairOfWorlds } from './pair-of-worlds.ts'
import { mayGo } from './plain-alone.ts'
import { randomWorld } from './random-world.ts'
import { lockedWorld, sparseWorld } from './sparse-world.ts'

const MODES: readonly Reductions[] = [
  { fusion: true },
  { partialOrder: true },
  { fusion: true, partialOrder: true },
]
const BOTH: Reductions = { fusion: true, partialOrder: true }
const LIMIT = 3_000

/** What the reduced space alone says; `check` would look at the plain one again, which could hide a mistake. */
function alone(linked: Linked, reductions?: Reductions, rules?: AmpleRules): CheckResult {
  const reduction = reductions && reductionOf(linked, reductions, rules)
  const search = createSearch(linked, layOut(linked), { maxStates: LIMIT }, reduction)
  while (!search.done) search.run(LIMIT)
  return verdicts(search)
}

const said = (r: CheckResult): unknown => ({
  claims: CLAIMS.map((c) => [c, r.claims[c].verdict]),
  sometimes: r.sometimes,
  measures: r.measures,
  neverReached: r.neverReached,
})

const KINDS = {
  random: randomWorld,
  pair: pairOfWorlds,
  sparse: (seed: number) => sparseWorld(seed),
  locked: lockedWorld,
} as const
type Kind = keyof typeof KINDS

const SEEDS: readonly [Kind, number, number][] = [
  ['random', 1, 200],
  ['pair', 1, 250],
  ['sparse', 1, 450],
  ['sparse', 451, 900],
  ['locked', 1, 200],
  ['locked', 201, 400],
  ['locked', 401, 600],
  ['locked', 601, 800],
]

describe('reduced spaces say what the plain one says, on random worlds', () => {
  const total = { worlds: 0, plain: 0, fusion: 0, partialOrder: 0, both: 0 }
  const broken = new Map<string, number>()

  it.each(SEEDS)('%s worlds, seeds %i to %i', (kind, from, to) => {
    for (let seed = from; seed <= to; seed++) {
      const linked = KINDS[kind](seed)
      const plain = alone(linked)
      if (!plain.complete) continue
      const [fusion, partialOrder, both] = MODES.map((mode) => {
        const r = alone(linked, mode)
        expect(said(r), `${kind} ${seed} ${JSON.stringify(mode)}`).toEqual(said(plain))
        return r.states
      })
      total.worlds++
      total.plain += plain.states
      total.fusion += fusion ?? 0
      total.partialOrder += partialOrder ?? 0
      total.both += both ?? 0
      for (const c of CLAIMS)
        if (plain.claims[c].verdict === 'violated') broken.set(c, (broken.get(c) ?? 0) + 1)
    }
  })

  it('were enough worlds, with enough to reduce and enough to miss', () => {
    console.info('states of random worlds:', total)
    expect(total.worlds).toBeGreaterThan(2_000)
    expect(total.both).toBeLessThan(total.plain * 0.6)
    for (const claim of ['memory', 'bound', 'progress', 'deadlock', 'oom'])
      expect(broken.get(claim) ?? 0, claim).toBeGreaterThan(100)
  })
})

describe('the generated decision', () => {
  it.each(Object.keys(KINDS) as Kind[])('is the plain one, on %s worlds', (kind) => {
    const said = { yes: 0, no: 0 }
    for (let seed = 1; seed <= 60; seed++) {
      const linked = KINDS[kind](seed)
      const layout = layOut(linked)
      const search = createSearch(linked, layout, { maxStates: 400 })
      while (!search.done) search.run(400)
      for (const mode of MODES) {
        const reduction = reductionOf(linked, mode)
        const { who } = createAlone(linked, layout, reduction)
        for (let s = 0; s < search.states; s++) {
          const state = search.stateAt(s)
          const first = linked.automata.findIndex((_, t) => mayGo(linked, reduction, state, t))
          if (who(search.packed, s * layout.words) !== first)
            expect.fail(`${kind} ${seed} ${JSON.stringify(mode)}: state ${s}, not ${first}`)
          said[first < 0 ? 'no' : 'yes']++
        }
      }
    }
    expect(said.yes).toBeGreaterThan(500)
    expect(said.no).toBeGreaterThan(500)
  })
})

describe('a check with reductions', () => {
  const whole = (r: CheckResult): unknown => ({
    said: said(r),
    claims: CLAIMS.map((c) => [c, r.claims[c].steps, r.claims[c].switches, r.claims[c].schedule]),
  })

  it.each([1, 2, 3, 4, 5, 6, 7, 8].map((i) => i * 10))(
    'gives the same schedules, seeds to %i',
    (to) => {
      for (let seed = to - 9; seed <= to; seed++) {
        const linked = sparseWorld(seed)
        for (const reductions of MODES)
          expect(whole(check(linked, { reductions })), `${seed}`).toEqual(whole(check(linked)))
      }
    },
  )

  it('says which reductions were on', () => {
    const r = check(sparseWorld(3), { reductions: BOTH })
    expect(r.reductions?.on).toEqual(['fusion', 'partial-order'])
    expect(check(sparseWorld(3)).reductions).toBeUndefined()
    expect(check(sparseWorld(3), { reductions: { fusion: false } }).reductions).toBeUndefined()
  })

  it('gives a schedule that can be run where the plain search is cut short', () => {
    let unfolded = 0
    for (let seed = 1; seed <= 200; seed++) {
      const linked = sparseWorld(seed)
      const plain = check(linked)
      const { states } = alone(linked, BOTH)
      const r = check(linked, { reductions: BOTH, maxStates: states })
      for (const c of CLAIMS) {
        const { verdict, steps = 0, schedule, fewestSteps } = r.claims[c]
        expect(verdict, `${seed} ${c}`).toBe(plain.claims[c].verdict)
        if (fewestSteps !== false || !schedule || c === 'bound') continue
        unfolded++
        expect(steps).toBeGreaterThanOrEqual(plain.claims[c].steps ?? 0)
        // Throws where a move does not fit.
        execute(linked, schedule.moves)
      }
    }
    expect(unfolded).toBeGreaterThan(20)
  })
})

/** `v` must act before `u` can, and `u` must be early enough to see that `t` has not acted. */
function wokenWorld(): Linked {
  const [x, go] = [variable('x', { max: 1 }), variable('go', { max: 1 })]
  const late = { kind: 'violate', claim: 'memory', message: 'too early' } as const
  const u = sequence('u', [
    { guard: eq(go, 1) },
    { answer: eq(x, 0), edges: [edge(0, 2), edge(1, 2, [late])] },
  ])
  return linkedOf(
    [sequence('t', [{ set: [[x, 1]] }]), u, sequence('v', [{ set: [[go, 1]] }])],
    [x, go],
  )
}

/** `u` and `v` wait for each other as long as `whom` says so, which `t` changes twice. */
function misledWorld(sets: readonly number[]): Linked {
  const [never, whom, back] = ['never', 'whom', 'back'].map((n) =>
    variable(n, { max: 3, init: n === 'back' ? 1 : sets.length > 1 ? 0 : 2 }),
  ) as [Variable, Variable, Variable]
  const wait = (of: Variable) => ({
    guard: eq(never, 1),
    waits: { on: of.name, holder: eq(of, OTHER) },
  })
  const other = variable('other', { max: 1 })
  const before = { guard: eq(other, 0), set: [[other, 0]] as const }
  const automata: Automaton[] = [
    sequence('a', [wait(whom)]),
    sequence('b', sets.length > 1 ? [wait(back)] : [before, wait(back)]),
    sequence(
      't',
      sets.map((n) => ({ set: [[whom, n]] as const })),
    ),
  ]
  return linkedOf(automata, [never, whom, back, other])
}

describe('wrong reductions are noticed', () => {
  const without = (drop: (v: Variable) => boolean): AmpleRules['footprintOf'] => {
    const rest = (s: ReadonlySet<Variable>): Set<Variable> =>
      new Set([...s].filter((v) => !drop(v)))
    return (node, task, tasks) => {
      const f = AMPLE_RULES.footprintOf(node, task, tasks)
      return {
        reads: rest(f.reads),
        writes: rest(f.writes),
        guard: rest(f.guard),
        holder: rest(f.holder),
      }
    }
  }
  const meet = (a: ReadonlySet<Variable>, b: ReadonlySet<Variable>): boolean =>
    [...a].some((v) => b.has(v))
  const MUTANTS: readonly [string, Partial<AmpleRules>][] = [
    ['claims look at nothing', { looksOf: () => ({ conditions: [], exact: new Set() }) }],
    ['what is broken may be repaired unseen', { keeps: () => true }],
    [
      'measures look at nothing',
      { looksOf: (l) => ({ ...AMPLE_RULES.looksOf(l), exact: new Set() }) },
    ],
    ['loops are left whole', { cut: (_, may) => [...may] }],
    ['locks are private', { footprintOf: without((v) => v.name.startsWith('lock')) }],
    ['whom a waiter waits for does not matter', { misleads: () => false }],
    [
      'what a waiter will wait for does not matter',
      { footprintOf: (n, t, k) => AMPLE_RULES.footprintOf({ ...n, waits: undefined }, t, k) },
    ],
    ['nobody is woken', { enables: () => false }],
    ['nobody opens a lock that is held', { opens: () => false }],
    ['stopping the kernel is a step like others', { halts: () => false }],
    ['only writes matter', { dependent: (a, b) => meet(a.writes, b.writes) }],
    ['what others read does not matter', { dependent: (a, b) => meet(b.writes, a.reads) }],
    ['what others write does not matter', { dependent: (a, b) => meet(a.writes, b.reads) }],
    // And the generated decision itself, spoiled.
    ['barriers are always shut', spoiled(/left&=shut;/g, '')],
    ['who waits is left out', spoiled(/\(left&~waits\)===0/g, 'false')],
    ['who is woken is asked once, before', spoiled(/left&=~\((\(a\d+&c\d+\)\|?)+\);/g, '')],
    ['waiters follow whoever comes', spoiled(/if\(c\d+<0\)left&=a\d+;/g, '')],
    ['only the first other counts', spoiled(/(let left=.*?c\d+:0\)).*?\);/g, '$1);')],
    ['nobody is in the way', spoiled(/&-2147483647\)===0/g, '&0)===0')],
  ]
  function spoiled(part: RegExp, by: string): Partial<AmpleRules> {
    return {
      code: (source) => {
        if (source.match(part) === null && source.includes('left')) expect.fail(`no ${part}`)
        return source.replace(part, by)
      },
    }
  }
  const worlds = [
    wokenWorld(),
    misledWorld([2, 0]),
    misledWorld([0]),
    ...Array.from({ length: 300 }, (_, i) => sparseWorld(i + 1)),
    ...Array.from({ length: 150 }, (_, i) => lockedWorld(i + 1)),
  ]
  const plain = worlds.map((w) => JSON.stringify(said(alone(w))))

  it.each(MUTANTS)('%s', (_, mutant) => {
    const rules = { ...AMPLE_RULES, ...mutant }
    const noticed = worlds.findIndex((w, i) =>
      MODES.some((m) => JSON.stringify(said(alone(w, m, rules))) !== plain[i]),
    )
    expect(noticed).toBeGreaterThanOrEqual(0)
  })

  it('and right ones are not', () => {
    worlds.slice(0, 3).forEach((w, i) => {
      for (const m of MODES) expect(JSON.stringify(said(alone(w, m)))).toBe(plain[i])
    })
  })
})
