/** Small worlds, each of which notices one thing that a reduction may do wrong. */
import { eq, ne, OTHER, or, plus, type Variable, variable, when } from '@mmulab/model'
import type { Automaton, Linked } from '../src/automaton.ts'
import { automaton, edge, end, linkedOf, lock, node, sequence, unlock } from './build.ts'

/** `v` must act before `u` can, and `u` must be early enough to see that `t` has not acted. */
export function wokenWorld(): Linked {
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

/**
 * One of two equal tasks comes to hold `a` and waits for `b`, which `t` holds, who waits for `a`; the other goes round for ever,
 * past the place of the first.
 */
export function roundWorld(): Linked {
  const [a, b] = [variable('a', { max: 3 }), variable('b', { max: 3 })]
  const twin = (t: number): Automaton =>
    automaton(`twin${t}`, [
      node({ set: [[a, when(eq(a, 0), t + 1, a)]], answer: eq(a, 0), to: [3, 1] }),
      node({ ...lock(b, t), to: 2 }),
      node({
        set: [
          [a, 0],
          [b, 0],
        ],
        to: 3,
      }),
      node({ to: 0 }),
    ])
  const t = sequence('t', [lock(b, 2), lock(a, 2), unlock(a), unlock(b)])
  return linkedOf([twin(0), twin(1), t], [a, b])
}

/** What is claimed breaks only while `t` has counted and not yet put `x` back, and `u` has counted too. */
export function countingWorld(): Linked {
  const [x, count] = [variable('x', { max: 1 }), variable('count', { max: 2 })]
  const up = { set: [[count, plus(count, 1)]] } as const
  const t = sequence('t', [{ set: [[x, 1]] }, up, { set: [[x, 0]] }])
  return linkedOf([t, sequence('u', [up])], [x, count], {
    invariants: [{ claim: 'memory', holds: or(ne(x, 1), ne(count, 2)), message: 'both' }],
  })
}

/** Two tasks that are equal but for what is claimed of them, who looks at them, or how they begin. */
export function nearlyEqual(but: 'claimed' | 'watched' | 'begun'): Linked {
  const own = [0, 1].map((t) => variable(`own${t}`, { max: 2, init: but === 'begun' ? t : 0 }))
  const [zero, one] = own as [Variable, Variable]
  const twins = own.map((v, t) =>
    automaton(`twin${t}`, [
      node({ answer: eq(v, 1), to: [1, 2] }),
      node({ set: [[v, 1]], to: 3 }),
      node({ label: 'where only one begins', to: 3 }),
      end,
    ]),
  )
  const flag = { kind: 'violate', claim: 'memory', message: 'the first alone' } as const
  const watcher = sequence('watcher', [
    { guard: eq(zero, 1) },
    { answer: eq(one, 0), edges: [edge(0, 2), edge(1, 2, [flag])] },
  ])
  const claimed = { claim: 'memory', holds: or(ne(zero, 1), eq(one, 1)), message: 'i' } as const
  return linkedOf([...twins, ...(but === 'watched' ? [watcher] : [])], own, {
    invariants: but === 'claimed' ? [claimed] : [],
  })
}

/** Somebody picks one of two pages, holds it, and sees that it is held; whoever uses a page waits until nobody holds it. */
export function pickedWorld(): Linked {
  const held = [0, 1].map((p) => variable(`held[${p}]`, { max: 1 }))
  const used = [0, 1].map((p) => variable(`used[${p}]`, { max: 1 }))
  const lost = { kind: 'violate', claim: 'memory', message: 'not held' } as const
  const users = held.map((v, p) =>
    sequence(`user${p}`, [{ guard: eq(v, 0), set: [[used[p] as Variable, 1]] }, {}]),
  )
  const ways = held.flatMap((v, p) => [
    node({ set: [[v, 1]], to: 2 * p + 2 }),
    node({ answer: eq(v, 1), edges: [edge(0, 5, [lost]), edge(1, 5)] }),
  ])
  const choice = node({ choose: true, edges: [edge(0, 1), edge(1, 3)] })
  return linkedOf([...users, automaton('picker', [choice, ...ways, end])], [...held, ...used])
}

/** `u` and `v` wait for each other as long as `whom` says so, which `t` changes twice. */
export function misledWorld(sets: readonly number[]): Linked {
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

/** Broken only while each of two tasks is under its own lock. */
export function twoLocksWorld(): Linked {
  const locks = ['one', 'two'].map((n) => variable(n, { max: 2 }))
  const own = [0, 1].map((t) => variable(`own${t}`, { max: 1 }))
  const tasks = own.map((v, t) => {
    const l = locks[t] as Variable
    return sequence(`t${t}`, [lock(l, t), { set: [[v, 1]] }, { set: [[v, 0]] }, unlock(l)])
  })
  return linkedOf(tasks, [...locks, ...own], {
    invariants: [{ claim: 'memory', holds: or(...own.map((v) => eq(v, 0))), message: 'both' }],
  })
}

/** Under a lock `t` lets `u` go on, and mends what `u` would break. */
export function lateMendingWorld(): Linked {
  const l = variable('lock', { max: 2 })
  const [go, x, y] = [
    variable('go', { max: 1 }),
    variable('x', { max: 1, init: 1 }),
    variable('y', { max: 1 }),
  ]
  const t = sequence('t', [lock(l, 0), { set: [[go, 1]] }, { set: [[x, 0]] }, unlock(l)])
  const u = sequence('u', [{ guard: eq(go, 1) }, { set: [[y, 1]] }])
  return linkedOf([t, u], [l, go, x, y], {
    invariants: [{ claim: 'memory', holds: or(eq(x, 0), eq(y, 0)), message: 'both' }],
  })
}

/**
 * `u` and `v` wait for each other until `z`, under a lock, lets them go. Under the same lock `t` first keeps `z` from it, and
 * then changes whom `u` waits for: between the two there is a deadlock.
 */
export function lockedOutWorld(): Linked {
  const l = variable('lock', { max: 4 })
  const [x, flag] = [variable('x', { max: 1 }), variable('flag', { max: 1 })]
  const [whom, back] = [
    variable('whom', { max: 2, init: 2 }),
    variable('back', { max: 2, init: 1 }),
  ]
  const wait = (of: Variable) => ({
    guard: eq(x, 1),
    waits: { on: of.name, holder: eq(of, OTHER) },
  })
  const t = sequence('t', [lock(l, 2), { set: [[flag, 1]] }, { set: [[whom, 0]] }, unlock(l)])
  const z = automaton('z', [
    node({ ...lock(l, 3), to: 1 }),
    node({ answer: flag, to: [2, 3] }),
    node({ set: [[x, 1]], to: 3 }),
    node({ ...unlock(l), to: 4 }),
    end,
  ])
  const waiters = [sequence('u', [wait(whom)]), sequence('v', [wait(back)])]
  return linkedOf([...waiters, t, z], [l, x, flag, whom, back])
}

const seenHalfDone = { kind: 'violate', claim: 'memory', message: 'half done' } as const

/** Somebody without the lock sees what is undone before the lock is given back. */
export function halfDoneWorld(): Linked {
  const [l, x] = [variable('lock', { max: 2 }), variable('x', { max: 1 })]
  const t = sequence('t', [lock(l, 0), { set: [[x, 1]] }, { set: [[x, 0]] }, unlock(l)])
  const look = { answer: eq(x, 1), edges: [edge(0, 1), edge(1, 1, [seenHalfDone])] }
  return linkedOf([t, sequence('u', [look])], [l, x])
}

/** The same with the lock, which has been given back before by what does not look like it. */
export function givenBackWorld(): Linked {
  const [l, x] = [variable('lock', { max: 2 }), variable('x', { max: 1 })]
  const givesBack = { set: [[l, when(eq(l, 2), l, 0)]] } as const
  const inside = [lock(l, 0), givesBack, { set: [[x, 1]] }, { set: [[x, 0]] }, unlock(l)] as const
  const look = { answer: eq(x, 1), edges: [edge(0, 2), edge(1, 2, [seenHalfDone])] }
  return linkedOf([sequence('t', inside), sequence('u', [lock(l, 1), look, unlock(l)])], [l, x])
}

/** Somebody sees that two have counted, comes past an op with one way on only, and must be early enough to see that `t` has not acted. */
export function countedWorld(): Linked {
  const [x, count] = [variable('x', { max: 1 }), variable('count', { max: 2 })]
  const up = { set: [[count, plus(count, 1)]] } as const
  const late = { kind: 'violate', claim: 'memory', message: 'too early' } as const
  const w = automaton('w', [
    node({ answer: eq(count, 2), to: [3, 1] }),
    node({ answer: 1, to: 2 }),
    node({ answer: eq(x, 0), edges: [edge(0, 3), edge(1, 3, [late])] }),
    end,
  ])
  const t = sequence('t', [{ set: [[x, 1]] }])
  return linkedOf([t, sequence('u', [up]), sequence('v', [up]), w], [x, count])
}

/** What is broken is computed from what nobody else asks for. */
export function computedWorld(): Linked {
  const [x, y] = [variable('x', { max: 1 }), variable('y', { max: 1 })]
  const t = sequence('t', [{ set: [[y, 1]] }, { set: [[x, y]] }])
  return linkedOf([t], [x, y], {
    invariants: [{ claim: 'memory', holds: ne(x, 1), message: 'computed' }],
  })
}

/** `w` makes a step of `t` matter, which does nothing before; `u` sees whether it has mattered. */
export function mattersLaterWorld(): Linked {
  const [v, x] = [variable('v', { max: 1 }), variable('x', { max: 1 })]
  const seen = { kind: 'violate', claim: 'memory', message: 'it mattered' } as const
  const t = sequence('t', [{ set: [[x, when(eq(v, 1), 1, x)]] }])
  const u = sequence('u', [{ answer: eq(x, 1), edges: [edge(0, 1), edge(1, 1, [seen])] }])
  return linkedOf([t, u, sequence('w', [{ set: [[v, 1]] }])], [v, x])
}

/** Under a lock `t` itself makes its next step matter, and `u` must be early enough to see that it has not. */
export function mattersInsideWorld(): Linked {
  const l = variable('lock', { max: 3 })
  const [v, x] = [variable('v', { max: 1 }), variable('x', { max: 1 })]
  const late = { kind: 'violate', claim: 'memory', message: 'too early' } as const
  const t = sequence('t', [
    lock(l, 0),
    { set: [[v, 1]] },
    { set: [[x, when(eq(v, 1), 1, x)]] },
    unlock(l),
  ])
  const u = sequence('u', [{ answer: eq(x, 0), edges: [edge(0, 1), edge(1, 1, [late])] }])
  return linkedOf([t, u, sequence('w', [lock(l, 2), unlock(l)])], [l, v, x])
}
