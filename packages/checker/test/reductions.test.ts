/**
 * Every reduction and every combination against the plain search: the same verdict for every claim, the same measures, the same
 * ops reached, and, for what is broken, schedules just as short. Then the same with reductions that are wrong on purpose, each
 * of which must be noticed.
 */
import { CLAIMS, eq, expr, or, type Variable, variable } from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import { createAlone, reductionOf } from '../src/alone.ts'
import { AMPLE_RULES, type AmpleRules } from '../src/ample.ts'
import { ATTAINABLE_RULES, type AttainableRules } from '../src/attainable.ts'
import type { Linked } from '../src/automaton.ts'
import { check, checkInSlices } from '../src/check.ts'
import { CRITICAL_RULES, type CriticalRules } from '../src/critical.ts'
import type { Footprint } from '../src/dependence.ts'
import type { Backend } from '../src/engine.ts'
import { FACT_RULES, type FactRules } from '../src/facts.ts'
import { layOut, type Unpacked } from '../src/layout.ts'
import { explorePlain, plainKey } from '../src/plain.ts'
import type { Reductions } from '../src/reductions.ts'
import type { CheckResult } from '../src/result.ts'
import { createSearch } from '../src/search.ts'
import { SLICING_RULES, type SlicingRules } from '../src/slicing.ts'
import { SYMMETRY_RULES, type SymmetryRules, symmetryOf } from '../src/symmetry.ts'
import { verdicts } from '../src/verdict.ts'
import { ALWAYS, IN_RECORD, RECORD } from '../src/wasm/alone-data.ts'
import { linkedOf, sequence } from './build.ts'
import { canFinish, deadlocked, execute } from './judge.ts'
import {
  computedWorld,
  countedWorld,
  countingWorld,
  givenBackWorld,
  halfDoneWorld,
  lateMendingWorld,
  lockedOutWorld,
  mattersInsideWorld,
  mattersLaterWorld,
  misledWorld,
  nearlyEqual,
  pickedWorld,
  roundWorld,
  twoLocksWorld,
  wokenWorld,
} from './noticing-worlds.ts'
import { pairOfWorlds } from './pair-of-worlds.ts'
import { driversWorld, pagesWorld } from './parts-world.ts'
import { mayGo } from './plain-alone.ts'
import { randomWorld } from './random-world.ts'
import { lockedWorld, sparseWorld } from './sparse-world.ts'
import { twinWorld } from './twin-world.ts'

const BOTH: Reductions = { fusion: true, partialOrder: true }
const ALL: Reductions = { ...BOTH, symmetry: true }
/** Every combination but for slicing. */
const MODES: readonly Reductions[] = [
  { fusion: true },
  { partialOrder: true },
  BOTH,
  { symmetry: true },
  { symmetry: true, fusion: true },
  { symmetry: true, partialOrder: true },
  ALL,
]
/** Where no tasks are equal, symmetry changes nothing. */
const modesFor = (linked: Linked, rules?: SymmetryRules): readonly Reductions[] =>
  symmetryOf(linked, rules) ? MODES : MODES.slice(0, 3)
/** Slicing alone, and with these; where everything is needed it changes nothing. */
const slicedModesFor = (
  linked: Linked,
  modes: readonly Reductions[],
  rules?: AmpleRules,
): readonly Reductions[] => {
  const writes = (l: Linked): number =>
    l.automata.reduce((n, a) => n + a.nodes.reduce((k, x) => k + x.assign.length, 0), 0)
  const { explored } = reductionOf(linked, { slicing: true }, rules)
  if (writes(explored) === writes(linked)) return []
  return [{}, ...modes].map((m) => ({ ...m, slicing: true }))
}
const LIMIT = 3_000

/** What the reduced space alone says; `check` would look at the plain one again, which could hide a mistake. */
function alone(
  linked: Linked,
  reductions?: Reductions,
  rules?: AmpleRules,
  backend?: Backend,
): CheckResult {
  const reduction = reductions && reductionOf(linked, reductions, rules)
  const search = createSearch(linked, layOut(linked), { maxStates: LIMIT, backend }, reduction)
  while (!search.done) search.run(LIMIT)
  return verdicts(search)
}

/** A reduced search does not tell the run, but says whether there is one. */
const fairly = ({ fair }: CheckResult): string =>
  fair.verdict === 'holds' && (fair.unless ?? fair.message) ? 'on a condition' : fair.verdict

const said = (r: CheckResult): unknown => ({
  claims: CLAIMS.map((c) => [c, r.claims[c].verdict]),
  fair: fairly(r),
  sometimes: r.sometimes,
  measures: r.measures,
  neverReached: r.neverReached,
  notCovered: [...r.notCovered].sort(),
})

const KINDS = {
  random: randomWorld,
  pair: pairOfWorlds,
  sparse: (seed: number) => sparseWorld(seed),
  locked: lockedWorld,
  twin: twinWorld,
  drivers: driversWorld,
  pages: pagesWorld,
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
  ['twin', 1, 250],
  ['twin', 251, 500],
  ['drivers', 1, 200],
  ['pages', 1, 250],
]

describe('reduced spaces say what the plain one says, on random worlds', () => {
  const total = { worlds: 0, plain: 0, fusion: 0, partialOrder: 0, both: 0 }
  const equal = { worlds: 0, plain: 0, symmetry: 0, all: 0 }
  const sliced = { worlds: 0, plain: 0, slicing: 0 }
  const broken = new Map<string, number>()
  /** Starving runs that are fair to all, of worlds in which everybody always can finish, and of the others; and one-sided ones. */
  const fair = { starving: 0, beside: 0, onCondition: 0, endless: 0, equal: 0 }

  it.each(SEEDS)('%s worlds, seeds %i to %i', (kind, from, to) => {
    for (let seed = from; seed <= to; seed++) {
      const linked = KINDS[kind](seed)
      const plain = alone(linked)
      if (!plain.complete) continue
      const counts = modesFor(linked).map((mode) => {
        const r = alone(linked, mode)
        expect(said(r), `${kind} ${seed} ${JSON.stringify(mode)}`).toEqual(said(plain))
        return r.states
      })
      // Every combination now and then.
      const slices = slicedModesFor(
        linked,
        seed % 5 ? modesFor(linked).slice(-1) : modesFor(linked),
      )
      for (const mode of slices) {
        const r = alone(linked, mode)
        expect(said(r), `${kind} ${seed} ${JSON.stringify(mode)}`).toEqual(said(plain))
        if (Object.keys(mode).length > 1) continue
        sliced.worlds++
        sliced.plain += plain.states
        sliced.slicing += r.states
      }
      const [fusion, partialOrder, both, symmetry, , , all] = counts
      if (symmetry !== undefined) {
        equal.worlds++
        equal.plain += plain.states
        equal.symmetry += symmetry
        equal.all += all ?? 0
      }
      total.worlds++
      total.plain += plain.states
      total.fusion += fusion ?? 0
      total.partialOrder += partialOrder ?? 0
      total.both += both ?? 0
      const starves = plain.fair.schedule !== undefined
      if (starves && plain.claims.progress.verdict === 'holds') fair.starving++
      else if (starves) fair.beside++
      if (plain.fair.unless) fair.onCondition++
      if ((starves || plain.fair.unless) && symmetry !== undefined) fair.equal++
      for (const c of CLAIMS)
        if (plain.claims[c].verdict === 'violated') broken.set(c, (broken.get(c) ?? 0) + 1)
    }
  })

  it('were enough worlds, with enough to reduce and enough to miss', () => {
    console.info('states of random worlds:', total, 'of those with equal tasks:', equal)
    console.info('starving runs in them:', fair, 'with something that nobody needs:', sliced)
    expect(total.worlds).toBeGreaterThan(2_000)
    expect(total.both).toBeLessThan(total.plain * 0.6)
    expect(equal.worlds).toBeGreaterThan(300)
    expect(sliced.worlds).toBeGreaterThan(300)
    expect(sliced.slicing).toBeLessThan(sliced.plain * 0.9)
    expect(equal.symmetry).toBeLessThan(equal.plain * 0.6)
    expect(equal.all).toBeLessThan(equal.symmetry * 0.8)
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
        if (!reduction.alone) continue
        const { alone: tables } = reduction
        const { who } = createAlone(linked, layout, reduction)
        for (let s = 0; s < search.states; s++) {
          const state = search.stateAt(s)
          const first = linked.automata.findIndex((_, t) => mayGo(linked, tables, state, t))
          if (who(search.statesWith(s), search.placeOf(s)) !== first)
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
    fair: r.fair,
    claims: CLAIMS.map((c) => [c, r.claims[c].steps, r.claims[c].switches, r.claims[c].schedule]),
  })

  it.each([1, 2, 3, 4, 5, 6, 7, 8].map((i) => i * 10))(
    'gives the same schedules, seeds to %i',
    (to) => {
      for (let seed = to - 9; seed <= to; seed++) {
        const linked = sparseWorld(seed)
        for (const reductions of [...MODES, { ...ALL, slicing: true }])
          expect(whole(check(linked, { reductions })), `${seed}`).toEqual(whole(check(linked)))
      }
    },
  )

  it('gives every cause where all are asked for', () => {
    for (let seed = 1; seed <= 30; seed++) {
      const linked = sparseWorld(seed)
      const others = (reductions?: Reductions): unknown =>
        Object.values(check(linked, { reductions, all: true }).claims).map((c) => c.others)
      expect(others(ALL), `${seed}`).toEqual(others())
    }
  })

  it('says which reductions were on', () => {
    const r = check(sparseWorld(3), { reductions: BOTH })
    expect(r.reductions?.on).toEqual(['fusion', 'partial-order'])
    expect(check(sparseWorld(3)).reductions).toBeUndefined()
    expect(check(sparseWorld(3), { reductions: { fusion: false } }).reductions).toBeUndefined()
  })

  /** 8 to the power of 6 states, and if `loses`, one of them is no good. */
  const large = (loses: boolean): Linked => {
    const own = Array.from({ length: 6 }, (_, t) => variable(`own${t}`, { max: 1 }))
    const steps = own.map((v, t) =>
      sequence(`t${t}`, [...Array.from({ length: 6 }, () => ({})), { set: [[v, 1]] }]),
    )
    const all = { claim: 'memory', holds: or(...own.map((v) => eq(v, 0))), message: 'all' } as const
    return linkedOf(steps, own, { invariants: loses ? [all] : [] })
  }

  it('is made without being asked for where there are many states', () => {
    const [r, plain] = [check(large(false)), check(large(false), { reductions: {} })]
    expect([plain.states, plain.reductions]).toEqual([8 ** 6, undefined])
    expect(r.reductions?.on).toEqual(['fusion', 'partial-order', 'symmetry', 'slicing'])
    expect(r.reductions?.plain).toBeUndefined()
    expect(r.states).toBeLessThan(1_000)
    expect(said(r)).toEqual(said(plain))
    const asked = check(large(false), { pairs: true })
    expect([asked.reductions, asked.states]).toEqual([undefined, 8 ** 6])
    expect(asked.together?.length).toBeGreaterThan(0)
  })

  it('goes on plainly from where it began where something is broken', () => {
    const [r, plain] = [check(large(true)), check(large(true), { reductions: {} })]
    expect(r.reductions?.plain).toEqual({ claims: ['memory'], states: 8 ** 6 })
    expect(whole(r)).toEqual(whole(plain))
  })

  it('goes on from a checkpoint that was made before there were many states', () => {
    const slices = checkInSlices(large(true), { slice: 10_000 })
    const first = slices.next()
    if (first.done || !first.value.save) throw new Error('there is nothing to go on from')
    const resume = first.value.save()
    expect(resume).toMatchObject({ reductions: [], undecided: true })
    expect(whole(check(large(true), { resume }))).toEqual(whole(check(large(true))))
  })

  it('gives the same schedules where tasks are equal', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const linked = twinWorld(seed)
      for (const reductions of [{ symmetry: true }, ALL])
        expect(whole(check(linked, { reductions })), `${seed}`).toEqual(whole(check(linked)))
    }
  })

  it.each([
    ['sparse', { ...BOTH, slicing: true }],
    ['twin', { ...ALL, slicing: true }],
  ] as const)(
    'gives a schedule that can be run where the plain search is cut short: %s',
    (kind, reductions) => {
      let unfolded = 0
      for (let seed = 1; seed <= 200; seed++) {
        const linked = KINDS[kind](seed)
        const plain = check(linked)
        const { states } = alone(linked, reductions)
        const r = check(linked, { reductions, maxStates: states })
        const space = explorePlain(linked)
        for (const c of CLAIMS) {
          const { verdict, steps = 0, schedule, fewestSteps } = r.claims[c]
          expect(verdict, `${seed} ${c}`).toBe(plain.claims[c].verdict)
          if (fewestSteps !== false || !schedule || c === 'bound') continue
          unfolded++
          expect(steps).toBeGreaterThanOrEqual(plain.claims[c].steps ?? 0)
          // Throws where a move does not fit.
          const { states: passed } = execute(linked, schedule.moves)
          const key = plainKey(passed.at(-1) as Unpacked)
          if (c === 'progress' && schedule.stuck !== undefined)
            expect(canFinish(linked, space)[schedule.stuck]?.has(key), `${seed}`).toBe(false)
          if (c === 'deadlock') expect(deadlocked(linked, space).has(key), `${seed}`).toBe(true)
        }
      }
      expect(unfolded).toBeGreaterThan(20)
    },
  )
})

describe('wrong reductions are noticed', () => {
  const without = (drop: (v: Variable) => boolean): AmpleRules['footprintOf'] => {
    const rest = (s: ReadonlySet<Variable>): Set<Variable> =>
      new Set([...s].filter((v) => !drop(v)))
    return (node, task, tasks) => {
      const f = AMPLE_RULES.footprintOf(node, task, tasks)
      return {
        ...f,
        reads: rest(f.reads),
        writes: rest(f.writes),
        guard: rest(f.guard),
        holder: rest(f.holder),
      }
    }
  }
  const mute = (p: Footprint): Footprint => ({ ...p, node: { ...p.node, answer: expr(0) } })
  const meet = (a: ReadonlySet<Variable>, b: ReadonlySet<Variable>): boolean =>
    [...a].some((v) => b.has(v))
  const MUTANTS: readonly [string, Partial<AmpleRules>][] = [
    ['claims look at nothing', { looksOf: () => ({ conditions: [], measures: [] }) }],
    ['what is broken may be repaired unseen', { keeps: () => true }],
    ['measures look at nothing', { looksOf: (l) => ({ ...AMPLE_RULES.looksOf(l), measures: [] }) }],
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
    ['nobody breaks what another mends', { brings: () => false }],
    ['what is broken is passed through', { shows: () => [] }],
    ['whoever looks at a lock may', critical({ discipline: false })],
    ['tasks may wait and stop under a lock', critical({ ends: false })],
    ['others see everything that is done under a lock', critical({ oneMover: false })],
    ['who is waited for may change under a lock', critical({ misled: false })],
    ['claims may look at what is done under a lock late', critical({ looks: false })],
    ['claims may look at what is done under two locks', critical({ oneLock: false })],
    ['only writes matter', { dependent: (a, b) => meet(a.writes, b.writes) }],
    ['what others read does not matter', { dependent: (a, b) => meet(b.writes, a.reads) }],
    ['what others write does not matter', { dependent: (a, b) => meet(a.writes, b.reads) }],
    ['all ops go in either order', { commutes: () => true }],
    [
      'only what is written counts, not what is answered',
      {
        commutes: (a, b, ranges) => AMPLE_RULES.commutes(mute(a), mute(b), ranges),
      },
    ],
    ['whom a waiter waits for after the op does not matter', { misdirects: () => false }],
    [
      'what others count is left out',
      { rangesAt: (l) => l.automata.flatMap((a) => AMPLE_RULES.rangesAt({ ...l, automata: [a] })) },
    ],
    [
      'counters have counted one more',
      {
        rangesAt: (l) =>
          AMPLE_RULES.rangesAt(l).map((places) =>
            places.map((at) => new Map([...at].map(([v, r]) => [v, { ...r, min: r.min + 1 }]))),
          ),
      },
    ],
    ['what is so now is so for good', facts({ change: false })],
    ['a section does not change what it rests on', facts({ sections: false })],
    ['nobody is asked again what has become possible', attainable({ again: false })],
    ['counters have what one task has added', attainable({ everybody: false })],
    ['the only way on is taken for its answer only', attainable({ onlyWay: false })],
    ['who can run needs nothing', slicing({ guards: false })],
    ['what is answered needs nothing', slicing({ answers: false })],
    ['who is waited for needs nothing', slicing({ holders: false })],
    ['claims need nothing', slicing({ claims: false })],
    ['what is written needs nothing', slicing({ values: false })],
    ['domains need nothing', slicing({ domains: false })],
    ['equal tasks need not be equal for others', symmetric({ otherTasks: false })],
    ['claims may tell equal tasks apart', symmetric({ claims: false })],
    ['locks keep their old holder', symmetric({ names: false })],
    ['equal tasks may start differently', symmetric({ start: false })],
    ['a task is lost sight of when it changes places', symmetric({ follows: false })],
    ['tasks that stay stay at their places', symmetric({ places: false })],
    // And the generated decision itself, spoiled.
    ['barriers are always shut', spoiled(/left&=shut;/g, '')],
    ['who waits is left out', spoiled(/\(left&~waits\)===0/g, 'false')],
    ['who is woken is asked once, before', spoiled(/left&=~\((\(a\d+&c\d+\)\|?)+\);/g, '')],
    ['waiters follow whoever comes', spoiled(/if\(c\d+<0\)left&=a\d+;/g, '')],
    ['only the first other counts', spoiled(/(let left=.*?c\d+:0\)).*?\);/g, '$1);')],
    ['nobody is in the way', spoiled(/&-2147483647\)===0/g, '&0)===0')],
    // And what WebAssembly looks up.
    ['choices are passed through, and flags', noted('isStep', 1)],
    ['everybody can always run', noted('guard', ALWAYS)],
    ['nobody who waits is ever woken', noted('waiter', -1)],
    ['no variable ever leaves its domain', noted('inside', 0)],
  ]
  function noted(what: keyof typeof IN_RECORD, as: number): Partial<AmpleRules> {
    const block: AmpleRules['block'] = (words, tasks) => {
      const wrong = words.slice()
      for (const { records, nodes } of tasks)
        for (let n = 0; n < nodes; n++) wrong[(records + (n << RECORD) + IN_RECORD[what]) / 4] = as
      return wrong
    }
    return { block }
  }
  function critical(wrong: Partial<CriticalRules>): Partial<AmpleRules> {
    return { critical: { ...CRITICAL_RULES, ...wrong } }
  }
  function facts(wrong: Partial<FactRules>): Partial<AmpleRules> {
    return { facts: { ...FACT_RULES, ...wrong } }
  }
  function attainable(wrong: Partial<AttainableRules>): Partial<AmpleRules> {
    return { attainable: { ...ATTAINABLE_RULES, ...wrong } }
  }
  function slicing(wrong: Partial<SlicingRules>): Partial<AmpleRules> {
    return { slicing: { ...SLICING_RULES, ...wrong } }
  }
  function symmetric(wrong: Partial<SymmetryRules>): Partial<AmpleRules> {
    return { symmetry: { ...SYMMETRY_RULES, ...wrong } }
  }
  function spoiled(part: RegExp, by: string): Partial<AmpleRules> {
    return {
      code: (source) => {
        if (source.match(part) === null && source.includes('left')) expect.fail(`no ${part}`)
        return source.replace(part, by)
      },
    }
  }
  const HAND_MADE = 18
  /** Of what was cut short everybody says something else. */
  const isSmall = (w: Linked): boolean => alone(w).complete
  const worlds = [
    countingWorld(),
    pickedWorld(),
    roundWorld(),
    nearlyEqual('claimed'),
    nearlyEqual('watched'),
    nearlyEqual('begun'),
    wokenWorld(),
    misledWorld([2, 0]),
    misledWorld([0]),
    twoLocksWorld(),
    lateMendingWorld(),
    lockedOutWorld(),
    halfDoneWorld(),
    givenBackWorld(),
    countedWorld(),
    computedWorld(),
    mattersLaterWorld(),
    mattersInsideWorld(),
    ...Array.from({ length: 60 }, (_, i) => twinWorld(i + 1)),
    ...Array.from({ length: 40 }, (_, i) => driversWorld(i + 1)).filter(isSmall),
    ...Array.from({ length: 60 }, (_, i) => pagesWorld(i + 1)).filter(isSmall),
    ...Array.from({ length: 300 }, (_, i) => sparseWorld(i + 1)),
    ...Array.from({ length: 150 }, (_, i) => lockedWorld(i + 1)),
  ]
  const plain = worlds.map((w) => JSON.stringify(said(alone(w))))

  it.each(MUTANTS)('%s', (_, mutant) => {
    const rules = { ...AMPLE_RULES, ...mutant }
    const backend = mutant.code ? 'javascript' : 'wasm'
    const noticed = worlds.findIndex((w, i) =>
      [
        ...modesFor(w, rules.symmetry),
        ...(mutant.slicing ? slicedModesFor(w, [BOTH], rules) : []),
      ].some((m) => JSON.stringify(said(alone(w, m, rules, backend))) !== plain[i]),
    )
    expect(noticed).toBeGreaterThanOrEqual(0)
  })

  it('and right ones are not', () => {
    worlds.slice(0, HAND_MADE + 120).forEach((w, i) => {
      for (const m of [...modesFor(w), ...slicedModesFor(w, [BOTH])])
        expect(JSON.stringify(said(alone(w, m)))).toBe(plain[i])
    })
  })
})
