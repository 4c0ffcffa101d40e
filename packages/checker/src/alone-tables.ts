/**
 * What generated code looks up to decide whether a task may go alone: `ample.ts` folded into one word per pair of places. Bit b
 * of a word speaks of barrier b; the highest bit says that a waiting task would be misled.
 */
import type { AmpleTables } from './ample.ts'
import type { Linked } from './automaton.ts'
import { at } from './layout.ts'

/** So that a set of barriers and the bit for misleading fit into a word. */
export const MISLEADS: number = 1 << 31

/** A row that no table has. */
export const ALWAYS_ALONE = -2

export interface AloneTables {
  /** Per task and node, the row of the node in `against`; -1 where the task never goes alone, `ALWAYS_ALONE` where it always does. */
  readonly row: readonly Int16Array[]
  /** Per task and node, where any of these holds the state before its op must be kept. */
  readonly shows: AmpleTables['shows']
  /** Per other task, by row and its node: behind which barriers it may still come to something that gets in the way. */
  readonly against: readonly Int32Array[]
  /** Per task and node, the row of the node in `by`; -1 where it waits for nothing. */
  readonly waiter: readonly Int16Array[]
  /** Per other task, by row and its node: behind which barriers it may still come to an op that wakes the waiter. */
  readonly by: readonly Int32Array[]
}

export function aloneTables(
  { automata }: Linked,
  { alone, inside, shows, barriers, misleads }: AmpleTables,
): AloneTables {
  const { row: againstRow, rows: againstRows } = distinctRows(
    automata.map((a, t) =>
      a.nodes.map((_, n) =>
        alone[t]?.[n] === true && inside[t]?.[n] !== true
          ? [...barriers.map((b) => at(at(b.conflict, t), n)), at(at(misleads, t), n)]
          : undefined,
      ),
    ),
  )
  const { row: waiter, rows: waiters } = distinctRows(
    automata.map((a, t) =>
      a.nodes.map((n, i) =>
        n.kind === 'end' ? undefined : barriers.map((b) => at(at(b.wakes, t), i)),
      ),
    ),
  )
  return {
    row: againstRow.map((list, t) =>
      list.map((r, n) => (inside[t]?.[n] === true ? ALWAYS_ALONE : r)),
    ),
    shows,
    against: automata.map((a, u) =>
      table(a.nodes.length, againstRows, (parts, m) => {
        const conflicts = bits(barriers.length, (b) => parts[b]?.[u]?.[m])
        const opens = bits(barriers.length, (b) => barriers[b]?.opens[u]?.[m])
        return conflicts | opens | (parts[barriers.length]?.[u]?.[m] === 1 ? MISLEADS : 0)
      }),
    ),
    waiter,
    by: automata.map((a, u) =>
      table(a.nodes.length, waiters, (parts, m) =>
        bits(barriers.length, (b) => parts[b]?.[u]?.[m]),
      ),
    ),
  }
}

/** What is known of one node, by barrier and other task. */
type Parts = readonly (readonly Uint8Array[])[]

/** Nodes of which the same is known share a row: `ample.ts` has made their tables once. */
function distinctRows(nodes: readonly (readonly (Parts | undefined)[])[]): {
  row: Int16Array[]
  rows: Parts[]
} {
  const ids = new Map<unknown, number>()
  const id = (x: unknown): number => {
    const n = ids.get(x) ?? ids.size
    ids.set(x, n)
    return n
  }
  const known = new Map<string, number>()
  const rows: Parts[] = []
  const row = nodes.map((list) =>
    Int16Array.from(list, (parts) => {
      if (!parts) return -1
      const key = parts.map(id).join()
      const found = known.get(key) ?? rows.push(parts) - 1
      known.set(key, found)
      return found
    }),
  )
  return { row, rows }
}

function table(
  nodes: number,
  rows: readonly Parts[],
  word: (parts: Parts, node: number) => number,
): Int32Array {
  const out = new Int32Array(nodes * rows.length)
  rows.forEach((parts, r) => {
    for (let m = 0; m < nodes; m++) out[r * nodes + m] = word(parts, m)
  })
  return out
}

function bits(count: number, is: (b: number) => number | undefined): number {
  let word = 0
  for (let b = 0; b < count; b++) if (is(b) === 1) word |= 1 << b
  return word
}
