/**
 * Runs generated code on made-up states before the search becomes long. V8 compiles what it has seen run; a branch that is first
 * taken later throws the compiled code of its task away, and breadth-first search reaches the last ops of a task late.
 */
import type { Linked } from './automaton.ts'
import type { Program } from './generate.ts'
import { type Layout, pack } from './layout.ts'

/** States per node: enough for nearly every guard to hold and to fail; and states in all, so that it takes a moment only. */
const ROUNDS = 32
const MOST = 1 << 13

/** `program` must not be listened to; what it notes by itself is left as it was. */
export function train(program: Program, linked: Linked, layout: Layout): void {
  const { live, hit } = program
  const before = { live: live.slice(), hit: hit.slice() }
  live.fill(0)
  const nodes = Math.max(...linked.automata.map((a) => a.nodes.length))
  const count = Math.min(ROUNDS * nodes, MOST)
  const states = new Int32Array(count * layout.words)
  const random = numbers()
  for (let i = 0; i < count; i++) {
    const pcs = linked.automata.map((a) => i % a.nodes.length)
    // Initial values are special: a lock is free, nothing is pending.
    const values = linked.variables.map((v) =>
      random(3) === 0 ? v.variable.init : v.min + random(v.max - v.min + 1),
    )
    states.set(pack(layout, pcs, values), i * layout.words)
  }
  for (let from = 0; from < count; ) from = program.expand(states, from, count)
  live.set(before.live)
  hit.set(before.hit)
}

/** Numbers below n, always the same ones. */
function numbers(): (n: number) => number {
  let x = 0x2545f491
  return (n) => {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    return (x >>> 0) % n
  }
}
