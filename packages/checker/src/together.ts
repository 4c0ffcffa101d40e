/**
 * Which ops of two tasks were ever possible in the same state. Only those can be exchanged by a scheduler, so what never is
 * possible together was never raced against each other, whatever else was covered.
 */
import type { Automaton } from './automaton.ts'
import { at, lowMask } from './layout.ts'
import { type Predicate, predicate } from './predicate.ts'
import type { Together } from './result.ts'
import type { Search } from './search.ts'
import { BREATH, type Work } from './work.ts'

export function* enabledTogether(search: Search): Work<Together[]> {
  const { linked, layout, states } = search
  const { automata } = linked
  const guards = automata.map((a) =>
    a.nodes.map((n): Predicate | undefined =>
      n.kind === 'end' ? undefined : predicate(n.guard, layout),
    ),
  )
  const fields = layout.pcs.map((f, t) => ({ ...f, low: lowMask(f), guard: at(guards, t) }))
  const width = automata.map((a) => a.nodes.length)
  const pairs = automata.flatMap((_, a) =>
    automata.slice(a + 1).map((_, k) => {
      const b = a + 1 + k
      return { a, b, seen: new Uint8Array(at(width, a) * at(width, b)) }
    }),
  )
  const able = new Int32Array(automata.length)
  const look = (s: number): void => {
    const packed = search.statesWith(s)
    const offset = search.placeOf(s)
    fields.forEach(({ word, shift, low, guard }, t) => {
      const pc = ((packed[offset + word] as number) >>> shift) & low
      able[t] = guard[pc]?.(packed, offset) ? pc : -1
    })
    for (const { a, b, seen } of pairs) {
      const [x, y] = [able[a] as number, able[b] as number]
      if (x >= 0 && y >= 0) seen[x * (width[b] as number) + y] = 1
    }
  }
  for (let s = 0; s < states; ) {
    for (const until = Math.min(states, s + BREATH); s < until; s++) look(s)
    yield { what: 'pairs of ops', done: s, of: states }
  }
  return pairs.flatMap(({ a, b, seen }) => byFunction(at(automata, a), at(automata, b), seen))
}

/** Ops are those of the code: one that stands at several places of an automaton counts once. */
function byFunction(a: Automaton, b: Automaton, seen: Uint8Array): Together[] {
  const [rows, columns] = [opsOf(a), opsOf(b)]
  return [...rows].flatMap(([f, own]) =>
    [...columns].map(([g, other]): Together => {
      let together = 0
      for (const x of own.values())
        for (const y of other.values())
          if (x.some((m) => y.some((n) => seen[m * b.nodes.length + n] === 1))) together++
      return {
        tasks: [a.name, b.name],
        functions: [f, g],
        together,
        of: own.size * other.size,
      }
    }),
  )
}

/** Per kernel function its ops, and the nodes of each. */
function opsOf(a: Automaton): Map<string, Map<string, number[]>> {
  const functions = new Map<string, Map<string, number[]>>()
  a.nodes.forEach((n, i) => {
    if (n.kind === 'end') return
    const source = n.source || n.stack.at(-1) || a.name
    const ops = functions.get(source) ?? new Map<string, number[]>()
    ops.set(n.label, [...(ops.get(n.label) ?? []), i])
    functions.set(source, ops)
  })
  return functions
}
