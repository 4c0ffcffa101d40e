// Progress under strong fairness: by hand, against the naive twin on random worlds, and with fairness got wrong on purpose.
import { eq, minus, plus, variable, when } from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import type { Linked } from '../src/automaton.ts'
import { check } from '../src/check.ts'
import { type FairRules, STRONG } from '../src/fair-regions.ts'
import { judgeFutures } from '../src/futures.ts'
import { buildGraph } from '../src/graph.ts'
import { layOut } from '../src/layout.ts'
import { explorePlain, type PlainSpace, plainKey } from '../src/plain.ts'
import type { FairResult, Schedule } from '../src/result.ts'
import { createSchedules } from '../src/schedule.ts'
import { createSearch } from '../src/search.ts'
import { decodeToken, encodeToken } from '../src/token.ts'
import { complete, createBudget } from '../src/work.ts'
import { automaton, edge, end, linkedOf, node, sequence } from './build.ts'
import {
  choicesIn,
  effort,
  enabledIn,
  type FairTo,
  shortestFairLoop,
  starvingStates,
} from './fair-judge.ts'
import { canFinish, execute } from './judge.ts'
import { randomWorld } from './random-world.ts'

/** A task that tries again as long as `answer` is 0. */
const retry = (name: string, answer: ReturnType<typeof eq>) =>
  automaton(name, [
    node({ label: 'begin', to: 1 }),
    node({ answer, to: [0, 2], label: 'retry?' }),
    end,
  ])

describe('strong fairness', () => {
  it('a task that is only kept waiting by others that finish does finish', () => {
    const count = variable('kvm.mmu_notifier_count', { max: 1 })
    const holder = sequence('madvise', [{ set: [[count, 1]] }, {}, { set: [[count, 0]] }])
    const { fair, claims } = check(linkedOf([holder, retry('vcpu0', eq(count, 0))], [count]))
    expect(claims.progress.verdict).toBe('holds')
    expect(fair).toEqual({ verdict: 'holds' })
  })

  it('two that undo each other starve each other: who, by whom, on what', () => {
    const turn = variable('seq', { max: 1 })
    const flip = automaton('flusher', [node({ set: [[turn, when(eq(turn, 0), 1, 0)]], to: 0 })], {
      daemon: true,
    })
    // Reads, and wants to see the same value afterwards.
    const reader = automaton('vcpu0', [
      node({ answer: turn, to: [1, 2], label: 'seq = read_begin()' }),
      node({ answer: eq(turn, 0), to: [0, 3], label: 'read_retry()' }),
      node({ answer: eq(turn, 1), to: [0, 3], label: 'read_retry()' }),
      end,
    ])
    const linked = linkedOf([flip, reader], [turn])
    const { fair, claims } = check(linked)
    expect(claims.progress.verdict).toBe('holds')
    expect(fair).toMatchObject({
      verdict: 'violated',
      message: 'vcpu0 need not finish: it retries for ever, as flusher changes seq again and again',
      steps: 0,
      starved: [{ task: 'vcpu0', waits: false, by: ['flusher'], on: ['seq'] }],
      schedule: { claim: 'progress', loop: 0, stuck: 1, fair: true },
    })
    // Read, flip, retry, flip would do for a loop of four; nothing shorter is fair.
    expect(fair.schedule?.moves.length).toBe(4)
    isLasso(linked, fair.schedule, 'choices')
  })

  it('one who could move again and again must: weak fairness would let the lock be missed for ever', () => {
    const lock = variable('lock', { max: 1 })
    const other = automaton(
      'other',
      [node({ guard: eq(lock, 0), set: [[lock, 1]], to: 1 }), node({ set: [[lock, 0]], to: 0 })],
      { daemon: true },
    )
    const taker = sequence('taker', [{ guard: eq(lock, 0), waits: { on: 'lock' } }])
    expect(check(linkedOf([other, taker], [lock])).fair).toEqual({ verdict: 'holds' })
  })

  it('a trylock may miss it for ever: each try is taken, and each comes at the wrong time', () => {
    const lock = variable('lock', { max: 1 })
    const other = automaton(
      'other',
      [node({ set: [[lock, 1]], to: 1 }), node({ set: [[lock, 0]], to: 0 })],
      { daemon: true },
    )
    const taker = automaton('oom_reaper', [
      node({ answer: eq(lock, 0), to: [0, 1], label: 'trylock' }),
      end,
    ])
    const { fair } = check(linkedOf([other, taker], [lock]))
    expect(fair.message).toBe(
      'oom_reaper need not finish: it retries for ever, as other changes lock again and again',
    )
  })

  it('a choice that always fails is nobody’s fault: it holds, on a condition', () => {
    const t = automaton('execbuffer', [
      node({ choose: true, to: [0, 1], label: 'alloc_page' }),
      end,
    ])
    const linked = linkedOf([t], [])
    const { fair } = check(linked)
    expect(fair).toMatchObject({
      verdict: 'holds',
      unless: {
        message:
          'execbuffer need not finish: it retries for ever by itself, as long as alloc_page always goes the same way',
        steps: 0,
        schedule: { fair: true, loop: 0, stuck: 0 },
      },
    })
    isLasso(linked, fair.unless?.schedule, 'tasks')
  })

  it('somebody who waits is starved by those who relieve each other', () => {
    const work = variable('work', { max: 2 })
    const worker = (i: number) =>
      automaton(
        `kworker${i}`,
        [
          node({ set: [[work, plus(work, 1)]], to: 1 }),
          node({ set: [[work, minus(work, 1)]], to: 0 }),
        ],
        { daemon: true },
      )
    const flush = sequence('flush', [{ guard: eq(work, 0), waits: { on: 'the work' } }])
    const linked = linkedOf([worker(0), worker(1), flush], [work])
    const { fair } = check(linked)
    expect(fair).toMatchObject({
      verdict: 'violated',
      message:
        'flush need not finish: it waits for the work while kworker0 and kworker1 go round for ever',
      steps: 1,
      starved: [{ task: 'flush', waits: true, by: ['kworker0', 'kworker1'], on: ['the work'] }],
    })
    isLasso(linked, fair.schedule, 'choices')
  })

  it('says so where a shorter loop was not ruled out', () => {
    // Each of so many owes moves of its own: more than are followed one by one.
    const seq = variable('seq', { max: 1 })
    const spins = Array.from({ length: 17 }, (_, i) =>
      automaton(`t${i}`, [node({ set: [[seq, when(eq(seq, 0), 1, 0)]], to: 0 })], { daemon: true }),
    )
    const linked = linkedOf([...spins, retry('vcpu0', eq(seq, 1))], [seq])
    expect(check(linked).fair).toMatchObject({ verdict: 'violated', shortestLoop: false })
  })

  it('where a task can never finish any more, that is what is said', () => {
    const never = sequence('stuck', [{ guard: eq(variable('x', { max: 1 }), 1) }])
    const { fair } = check(linkedOf([never], []))
    expect(fair).toEqual({
      verdict: 'violated',
      message: 'no fairness lets a task finish that never can',
    })
  })

  it('what is not claimed is not judged', () => {
    const spinner = automaton('t', [node({ edges: [edge(0, 0)] })])
    const notClaimed = { progress: 'it spins' }
    expect(check(linkedOf([spinner], [], { notClaimed })).fair).toEqual({
      verdict: 'not-claimed',
      message: 'it spins',
    })
  })
})

describe('a token', () => {
  const plain = {
    cell: 'a|b|c|small',
    fingerprint: '0123456789abcdef',
    claim: 'progress',
    tasks: [0, 0, 1],
    choices: [2],
    prefix: 1,
    loop: 1,
    stuck: 0,
  }

  it('says that its loop is a fair one', () => {
    expect(decodeToken(encodeToken({ ...plain, fair: true }))).toEqual({ ...plain, fair: true })
  })

  it('is as it always was where there is no such loop', () => {
    expect(decodeToken(encodeToken(plain))).toEqual(plain)
    expect(encodeToken(plain)).toBe('mmu1.RfT-lQEjRWeJq83vC2F8YnxjfHNtYWxsBQEAAgECAAIBAQEC')
  })
})

/** Executes it, and looks at each rule by itself. */
function isLasso(
  linked: Linked,
  schedule: Schedule | undefined,
  to: FairTo,
  plain?: PlainSpace,
): void {
  if (schedule?.loop === undefined) throw new Error('there is no loop')
  const space = plain ?? explorePlain(linked)
  const { states } = execute(linked, schedule.moves)
  const keys = states.map(plainKey)
  expect(keys[schedule.loop]).toBe(keys.at(-1))
  const round = keys.slice(schedule.loop, -1).flatMap((k) => space.states.get(k) ?? [])
  const moves = schedule.moves.slice(schedule.loop)
  expect(round.length).toBe(moves.length)
  expect(round.length).toBeGreaterThan(0)
  const movers = new Set(moves.map((m) => m.task))
  for (const s of round) for (const t of enabledIn(s)) expect(movers).toContain(t)
  if (to === 'choices') {
    const ways = new Set(
      moves.map((m, i) => `${m.task}.${round[i]?.state.pcs[m.task]}=${m.answer}`),
    )
    for (const c of round.flatMap((s) => choicesIn(linked, s))) {
      const [t, pc] = c.split('.').map(Number)
      for (const e of linked.automata[t ?? 0]?.nodes[pc ?? 0]?.edges ?? [])
        expect(ways).toContain(`${c}=${e.answer}`)
    }
  }
  const stuck = schedule.stuck ?? -1
  for (const s of round) {
    expect(linked.automata[stuck]?.nodes[s.state.pcs[stuck] ?? 0]?.kind).not.toBe('end')
    expect(canFinish(linked, space)[stuck]?.has(s.key)).toBe(true)
  }
}

/** No shorter fair way round, on which as few tasks move, leads through a state of the loop. */
function isShortest(linked: Linked, schedule: Schedule, to: FairTo, plain: PlainSpace): void {
  const begin = schedule.loop ?? 0
  const keys = execute(linked, schedule.moves).states.map(plainKey).slice(begin, -1)
  const movers = new Set(schedule.moves.slice(begin).map((m) => m.task)).size
  for (const key of new Set(keys))
    expect(shortestFairLoop(linked, plain, key, to, movers, keys.length)).toBe(undefined)
}

/** Random worlds that the naive twin can manage. */
const worlds = Array.from({ length: 1200 }, (_, i) => i + 1).flatMap((seed) => {
  const linked = randomWorld(seed)
  if (effort(linked) > 8) return []
  const plain = explorePlain(linked)
  return plain.states.size > 120 || plain.states.size < 6 ? [] : [{ seed, linked, plain }]
})

/** What the twin says: the depth of the nearest starving state, for both kinds of loops. */
const twin = worlds.map(({ linked, plain }) => {
  const depth = (to: FairTo): number | undefined => {
    const keys = starvingStates(linked, plain, to)
    const depths = [...keys].map((k) => plain.states.get(k)?.depth ?? 0)
    return depths.length ? Math.min(...depths) : undefined
  }
  const tasks = depth('tasks')
  return { tasks, choices: tasks === undefined ? undefined : depth('choices') }
})

/** What is found with these rules, whatever else there is to say of the world; undefined where they contradict themselves. */
function judged(linked: Linked, fairRules?: FairRules): FairResult | undefined {
  const search = createSearch(linked, layOut(linked))
  while (!search.done) search.run(1000)
  const graphs = (states: number) => buildGraph(search, states)
  const budget = createBudget(Number.POSITIVE_INFINITY)
  const schedules = createSchedules(search, graphs)
  try {
    return complete(judgeFutures({ search, graphs, schedules, budget }, { fairRules })).fair
  } catch {
    return undefined
  }
}

const kindOf = (fair: FairResult | undefined): string =>
  fair?.schedule
    ? `choices ${fair.steps}`
    : fair?.unless
      ? `tasks ${fair.unless.steps}`
      : (fair?.verdict ?? 'an error')

const rightOf = (i: number): string => {
  const { tasks, choices } = twin[i] ?? {}
  return choices !== undefined
    ? `choices ${choices}`
    : tasks !== undefined
      ? `tasks ${tasks}`
      : 'holds'
}

describe('against the naive twin, on random worlds', () => {
  it('says the same, and its lassos are what they should be', () => {
    const seen = { choices: 0, tasks: 0, none: 0 }
    for (const [i, { seed, linked, plain }] of worlds.entries()) {
      const fair = judged(linked)
      expect(kindOf(fair), `seed ${seed}`).toBe(rightOf(i))
      if (fair?.schedule) {
        seen.choices++
        isLasso(linked, fair.schedule, 'choices', plain)
        expect(fair.shortestLoop).toBe(true)
        isShortest(linked, fair.schedule, 'choices', plain)
      } else if (fair?.unless) {
        seen.tasks++
        isLasso(linked, fair.unless.schedule, 'tasks', plain)
        expect(fair.unless.shortestLoop).toBe(true)
        isShortest(linked, fair.unless.schedule, 'tasks', plain)
      } else seen.none++
    }
    console.info('fairness on random worlds:', { worlds: worlds.length, ...seen })
    expect(worlds.length).toBeGreaterThan(200)
    expect(Math.min(seen.choices, seen.tasks, seen.none)).toBeGreaterThan(10)
  })

  it.each<[string, Partial<FairRules>]>([
    ['weak fairness in place of strong', { entitled: (_, everywhere) => everywhere }],
    ['no fairness at all', { entitled: () => 0 }],
    ['only one round of taking states out', { again: false }],
    ['moves that lead nowhere forgotten', { open: false }],
  ])('finds out: %s', (_, wrong) => {
    const rules = { ...STRONG, ...wrong }
    const caught = worlds.filter(({ linked }, i) => kindOf(judged(linked, rules)) !== rightOf(i))
    expect(caught.length).toBeGreaterThan(0)
  })
})
