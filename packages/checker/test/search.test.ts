import { and, eq, expr, lt, minus, not, or, plus, type Variable, variable } from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import { check, checkInSlices } from '../src/check.ts'
import { layOut } from '../src/layout.ts'
import { explorePlain } from '../src/plain.ts'
import { createSearch } from '../src/search.ts'
import { taskFunctions } from '../src/task-code.ts'
import { automaton, edge, end, linkedOf, node, sequence } from './build.ts'

/** k tasks that each count a variable of their own up to n: (n + 1)^k states, closed form for everything. */
function counters(k: number, n: number) {
  const variables = Array.from({ length: k }, (_, i) => variable(`c${i}`, { max: n }))
  const automata = variables.map((v, i) =>
    automaton(`t${i}`, [
      node({ guard: lt(v, n), set: [[v, plus(v, 1)]], edges: [edge(0, 0)] }),
      end,
    ]),
  )
  return linkedOf(automata, variables)
}

/** Peterson's algorithm, each access a step; `critical` counts who is inside. */
function peterson(broken = false) {
  const flags = [variable('flag0', { max: 1 }), variable('flag1', { max: 1 })] as const
  const turn = variable('turn', { max: 1 })
  const inside = variable('inside', { max: 2 })
  const automata = [0, 1].map((me) => {
    const mine = flags[me] as Variable
    const other = flags[1 - me] as Variable
    return automaton(`p${me}`, [
      node({ set: broken ? [] : [[mine, 1]], to: 1 }),
      node({ set: [[turn, 1 - me]], to: 2 }),
      node({ answer: other, to: [4, 3] }),
      node({ answer: eq(turn, me), to: [2, 4] }),
      node({ set: [[inside, plus(inside, 1)]], to: 5 }),
      node({ set: [[inside, minus(inside, 1)]], to: 6 }),
      node({ set: [[mine, 0]], to: 0 }),
    ])
  })
  const invariants = [
    { claim: 'memory' as const, holds: lt(inside, 2), message: 'both are inside' },
  ]
  return linkedOf(automata, [...flags, turn, inside], { invariants })
}

describe('counting', () => {
  it('counts independent counters exactly', () => {
    const result = check(counters(3, 4))
    expect(result.states).toBe(125)
    expect(result.transitions).toBe(3 * 4 * 25)
    expect(result.depth).toBe(12)
    expect(result.words).toBe(1)
  })

  it('grows to more than a million states', () => {
    const result = check(counters(6, 9))
    expect(result.states).toBe(10 ** 6)
    expect(result.transitions).toBe(6 * 9 * 10 ** 5)
    expect(result.depth).toBe(54)
    expect(result.bytesPerState).toBeLessThan(16)
  })

  it('takes at most 24 bytes for a state of three words, at any size', () => {
    const wide = Array.from({ length: 4 }, (_, i) => variable(`w${i}`, { max: 2 ** 15 - 1 }))
    const world = counters(6, 9)
    const linked = {
      ...world,
      variables: [
        ...world.variables,
        ...wide.map((v) => ({ variable: v, min: 0, max: 2 ** 15 - 1 })),
      ],
    }
    const search = createSearch(linked, layOut(linked))
    expect(search.layout.words).toBe(3)
    while (!search.done) {
      search.run(10_000)
      if (search.states > 2 ** 17) expect(search.bytes / search.states).toBeLessThan(24)
    }
    expect(search.states).toBe(10 ** 6)
  })

  it('cuts large tasks into several functions, without losing a step', () => {
    const v = variable('v', { max: 1000 })
    const steps = Array.from({ length: 600 }, (_, i) => ({ set: [[v, i]] as const }))
    const climb = Array.from({ length: 90 }, () => ({}))
    const linked = linkedOf([sequence('long', steps), sequence('short', climb)], [v])
    const parts = taskFunctions(linked.automata, layOut(linked)).functions
    expect(parts.filter((f) => f.startsWith('function task0')).length).toBeGreaterThan(1)
    const result = check(linked)
    expect(result.states).toBe(601 * 91)
    expect(result.transitions).toBe(600 * 91 + 601 * 90)
  })

  it('forgets nothing when it has its code trained in the middle of a long search', () => {
    const world = counters(4, 9)
    const [a, b] = world.variables.map((v) => v.variable)
    if (!a || !b) throw new Error('no variable')
    const unset = variable('unset', { max: 1 })
    const never = automaton('u', [node({ guard: eq(unset, 1), to: 1, label: 'never' }), end])
    const late = automaton('v', [
      node({
        guard: and(eq(a, 9), eq(b, 9)),
        edges: [edge(0, 1, [{ kind: 'violate', claim: 'warn', message: 'late' }])],
      }),
      end,
    ])
    const both = or(lt(a, 9), lt(b, 9))
    const result = check({
      ...world,
      automata: [...world.automata, never, late],
      variables: [...world.variables, { variable: unset, min: 0, max: 1 }],
      invariants: [{ claim: 'memory', holds: both, message: 'nines' }],
      sometimes: [{ name: 'nines', when: not(both) }],
      measures: [{ name: 'sum', claim: 'oom', value: plus(a, b), when: expr(1) }],
    })
    expect(result.states).toBe(10 ** 4 + 10 ** 2)
    expect(result.claims.memory.steps).toBe(18)
    expect(result.claims.warn.steps).toBe(19)
    expect(result.sometimes[0]?.reached).toBe(true)
    expect(result.measures[0]).toMatchObject({ min: 0, max: 18 })
    expect(result.neverReached).toEqual(['u: main > never'])
  })

  it('counts every alternative of a choice, and an edge that stops the kernel, as a transition', () => {
    const t = automaton('t', [node({ choose: true, to: [1, 1, -1], label: 'choose' }), { ...end }])
    const result = check(linkedOf([t], []))
    expect([result.states, result.transitions]).toEqual([2, 3])
  })

  it('does not depend on how it is sliced', () => {
    const world = counters(4, 5)
    const whole = check(world)
    for (const slice of [1, 7, 100]) {
      const slices = checkInSlices(world, { slice })
      let last = 0
      for (let s = slices.next(); ; s = slices.next()) {
        if (s.done) {
          expect(s.value).toEqual(whole)
          break
        }
        if (s.value.judging) continue
        expect(s.value.explored).toBeGreaterThan(last)
        expect(s.value.explored - last).toBeLessThanOrEqual(slice)
        last = s.value.explored
      }
    }
  })
})

it('a world without tasks has one state', () => {
  const { states, transitions, complete } = check(linkedOf([], []))
  expect([states, transitions, complete]).toEqual([1, 0, true])
})

describe('Peterson', () => {
  it('holds, with the exact number of states', () => {
    const result = check(peterson())
    expect(result.claims.memory.verdict).toBe('holds')
    expect(result.claims.deadlock.verdict).toBe('holds')
    const plain = explorePlain(peterson())
    expect([plain.states.size, plain.transitions]).toEqual([result.states, result.transitions])
    expect([result.states, result.transitions]).toEqual([48, 96])
  })

  it('fails without the flags, by a shortest schedule with one switch', () => {
    const { memory } = check(peterson(true)).claims
    expect(memory.verdict).toBe('violated')
    expect(memory.message).toBe('both are inside')
    // Store, store, load, enter; twice.
    expect(memory.steps).toBe(8)
    expect(memory.switches).toBe(1)
    expect(memory.fewestSwitches).toBe(true)
  })
})

describe('flags', () => {
  it('reports a flag of an edge, a mark, and a task that starts with one', () => {
    const v = variable('v', { max: 1 })
    const t = automaton(
      't',
      [
        node({ answer: v, edges: [edge(0, 1), edge(1, 2)] }),
        node({ set: [[v, 1]], edges: [edge(0, 0, [{ kind: 'mark', name: 'again' }])] }),
        node({
          edges: [edge(0, 3, [{ kind: 'violate', claim: 'context', message: 'sleeps' }])],
        }),
        end,
      ],
      { startFlags: [{ kind: 'violate', claim: 'warn', message: 'at once' }] },
    )
    const result = check(
      linkedOf([t], [v], { sometimes: [{ name: 'again', when: { mark: 'again' } }] }),
    )
    expect(result.claims.context).toMatchObject({
      verdict: 'violated',
      message: 'sleeps',
      steps: 4,
    })
    expect(result.claims.context.schedule?.moves.map((m) => m.answer)).toEqual([0, 0, 1, 0])
    expect(result.claims.warn).toMatchObject({ verdict: 'violated', steps: 0, switches: 0 })
    expect(result.claims.warn.schedule?.moves).toEqual([])
    expect(result.sometimes).toEqual([{ name: 'again', reached: true }])
  })

  it('BUG stops the kernel: reported once, and nobody is stuck because of it', () => {
    const t = automaton('t', [
      node({ edges: [edge(0, -1, [{ kind: 'violate', claim: 'warn', message: 'BUG' }])] }),
      end,
    ])
    const other = sequence('u', [{}, {}])
    const result = check(linkedOf([t, other], []))
    expect(result.claims.warn).toMatchObject({ verdict: 'violated', steps: 1, message: 'BUG' })
    expect(result.claims.progress.verdict).toBe('holds')
    expect(result.claims.deadlock.verdict).toBe('holds')
    expect(result.states).toBe(3)
    expect(result.transitions).toBe(5)
  })

  it('the answers of a schedule are exact where edges do the same', () => {
    const v = variable('v', { max: 3, init: 2 })
    const t = automaton('t', [
      node({ answer: v, to: [1, 1, 1, 1] }),
      node({ set: [[v, 3]], to: 2 }),
      end,
    ])
    const holds = not(eq(v, 3))
    const result = check(
      linkedOf([t], [v], { invariants: [{ claim: 'oom', holds, message: 'three' }] }),
    )
    expect(result.claims.oom.schedule?.moves).toEqual([
      { task: 0, answer: 2 },
      { task: 0, answer: 0 },
    ])
  })
})

describe('bounds and limits', () => {
  it('leaving a domain is a verdict of its own and leaves everything else unfinished', () => {
    const v = variable('kvm.count', { max: 2 })
    const t = automaton('t', [node({ set: [[v, plus(v, 1)]], edges: [edge(0, 0)] }), end], {
      daemon: true,
    })
    const result = check(linkedOf([t], [v], { notClaimed: { oom: 'nobody asks' } }))
    expect(result.states).toBe(3)
    expect(result.transitions).toBe(2)
    expect(result.claims.bound).toMatchObject({
      verdict: 'violated',
      steps: 3,
      message: 'kvm.count would become 3, outside of its domain [0, 2]',
    })
    expect(result.claims.memory.verdict).toBe('unfinished')
    expect(result.claims.memory.message).toContain('kvm.count')
    expect(result.claims.oom).toEqual({ verdict: 'not-claimed', message: 'nobody asks' })
    expect(result.notCovered.join()).toContain('kvm.count')
  })

  it('a variable that linking made a constant can still be broken out of its domain', () => {
    const v = variable('v', { max: 0 })
    const linked = linkedOf([sequence('t', [{ set: [[v, 1]] }])], [])
    const result = check(linked)
    expect(result.claims.bound.message).toBe('v would become 1, outside of its domain [0, 0]')
  })

  it('a value outside of the linked range but inside of the domain is a defect, not a verdict', () => {
    const v = variable('v', { max: 7 })
    const linked = linkedOf([sequence('t', [{ set: [[v, 5]] }])], [v])
    const narrow = { ...linked, variables: [{ variable: v, min: 0, max: 3 }] }
    expect(() => check(narrow)).toThrow('v becomes 5')
  })

  it('an answer without an edge is a defect', () => {
    const v = variable('v', { max: 2, init: 2 })
    const t = automaton('t', [node({ answer: v, to: [1, 0] }), end])
    expect(() => check(linkedOf([t], [v]))).toThrow('no edge')
  })

  it('a limit ends the search in an orderly way; what is violated stays violated', () => {
    const world = counters(4, 9)
    const [first, second] = world.variables
    if (!first || !second) throw new Error('no variable')
    const invariants = [
      { claim: 'memory' as const, holds: lt(first.variable, 2), message: 'two' },
      {
        claim: 'oom' as const,
        holds: or(lt(first.variable, 9), lt(second.variable, 9)),
        message: 'nines',
      },
    ]
    const result = check({ ...world, invariants }, { maxStates: 1000 })
    expect(result.complete).toBe(false)
    expect(result.states).toBe(1000)
    expect(result.claims.memory).toMatchObject({ verdict: 'violated', steps: 2 })
    for (const claim of ['oom', 'progress', 'deadlock', 'bound'] as const)
      expect(result.claims[claim].verdict, claim).toBe('unfinished')
    expect(result.claims.oom.message).toContain('1000 states')
    expect(result.claims['lock-order'].verdict).toBe('holds')
    expect(check(world, { maxStates: 10 ** 4 }).complete).toBe(true)
  })

  it('so does a limit of memory', () => {
    const result = check(counters(6, 9), { maxBytes: 3_000_000, reductions: {} })
    expect(result.complete).toBe(false)
    expect(result.states).toBeGreaterThan(200_000)
    expect(Math.round(result.states * result.bytesPerState)).toBeLessThanOrEqual(3_000_000)
    expect(result.claims.progress.message).toContain('memory')
  })

  it('and somebody who has seen enough', () => {
    let slices = 0
    const result = check(counters(4, 9), { slice: 100, shouldStop: () => ++slices > 3 })
    expect(result.complete).toBe(false)
    expect(result.claims.memory).toMatchObject({ verdict: 'unfinished' })
    expect(result.notCovered.join()).toContain('interrupted')
  })
})

describe('what happened', () => {
  it('measures where all have finished, or where it is told to', () => {
    const a = variable('a', { max: 3 })
    const b = variable('b', { max: 3 })
    const t = automaton('t', [
      node({ choose: true, to: [1, 2] }),
      node({ set: [[a, 3]], to: 3 }),
      node({ set: [[a, 1]], to: 3 }),
      end,
    ])
    const u = sequence('u', [{ set: [[b, a]] }])
    const daemon = automaton('d', [node({ guard: 0, to: 0 })], { daemon: true })
    const result = check(
      linkedOf([t, u, daemon], [a, b], {
        measures: [
          { name: 'a at the end', claim: 'oom', value: expr(a), of: 3 },
          { name: 'b while a is 3', claim: 'oom', value: plus(b, 1), when: eq(a, 3) },
          { name: 'never', claim: 'oom', value: expr(a), when: and(eq(a, 1), eq(b, 3)) },
        ],
      }),
    )
    expect(result.measures).toEqual([
      { name: 'a at the end', claim: 'oom', min: 1, max: 3, of: 3 },
      { name: 'b while a is 3', claim: 'oom', min: 1, max: 4, of: undefined },
      { name: 'never', claim: 'oom', min: undefined, max: undefined, of: undefined },
    ])
  })

  it('names what never happened and which ops were never reached', () => {
    const v = variable('v', { max: 1 })
    const t = automaton('t', [
      node({ answer: v, to: [2, 1], label: 'load v' }),
      node({ to: 2, label: 'only when v is set' }),
      node({ guard: eq(v, 1), to: 3, label: 'wait for v' }),
      end,
    ])
    const result = check(
      linkedOf([t], [v], { sometimes: [{ name: 'v gets set', when: eq(v, 1) }] }),
    )
    expect(result.sometimes).toEqual([{ name: 'v gets set', reached: false }])
    expect(result.notCovered).toContain('never happens: v gets set')
    expect(result.neverReached).toEqual(['t: main > only when v is set', 't: main > wait for v'])
  })

  it('says of what has not happened where a limit was met that it may yet', () => {
    const c = variable('c', { max: 2000 })
    const t = automaton('t', [node({ set: [[c, plus(c, 1)]], to: 0 })])
    const late = { sometimes: [{ name: 'c is 1999', when: eq(c, 1999) }] }
    const { notCovered } = check(linkedOf([t], [c], late), { maxStates: 1500 })
    expect(notCovered[0]).toMatch(/: 1,\d{3} of at least 1,500 states were expanded$/)
    expect(notCovered).toContain('has not happened so far: c is 1999')
  })
})
