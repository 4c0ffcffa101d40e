/**
 * What generated code looks up to decide whether a task may go alone: `ample.ts` folded into one word per pair of places. Bit b
 * of a word speaks of barrier b; the highest bit says that a waiting task would be misled.
 */
import type { AmpleTables } from './ample.ts'
import type { Linked } from './automaton.ts'
import type { Places } from './barriers.ts'
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
  { alone, inside, shows, barriers, misleads, kinds }: AmpleTables,
): AloneTables {
  const goes = rowsOf(kinds, (t, n) => alone[t]?.[n] === true && inside[t]?.[n] !== true)
  const waits = rowsOf(kinds, (t, n) => automata[t]?.nodes[n]?.kind !== 'end')
  const conflicts = barriers.map((b, i) => ({ places: b.conflict, bit: 1 << i }))
  const wakes = barriers.map((b, i) => ({ places: b.wakes, bit: 1 << i }))
  return {
    row: goes.row.map((list, t) =>
      list.map((r, n) => (inside[t]?.[n] === true ? ALWAYS_ALONE : r)),
    ),
    shows,
    against: automata.map((a, u) => {
      const parts = [...conflicts, { places: misleads, bit: MISLEADS }]
      const opens = a.nodes.map((_, m) =>
        barriers.reduce((all, b, i) => all | (b.opens[u]?.[m] === 1 ? 1 << i : 0), 0),
      )
      return table(a.nodes.length, goes.kinds, u, parts, opens)
    }),
    waiter: waits.row,
    by: automata.map((a, u) => table(a.nodes.length, waits.kinds, u, wakes)),
  }
}

/** A row for each kind of op that is at one of these places; -1 at others. */
function rowsOf(
  kinds: readonly Int32Array[],
  has: (task: number, node: number) => boolean,
): { row: Int16Array[]; kinds: number[] } {
  const known = new Map<number, number>()
  const row = kinds.map((list, t) =>
    Int16Array.from(list, (kind, n) => {
      if (!has(t, n)) return -1
      const found = known.get(kind) ?? known.size
      known.set(kind, found)
      return found
    }),
  )
  return { row, kinds: [...known.keys()] }
}

/** A word per row and node of a task: the bits of those in whose places the kind is there, and more of the node's own. */
function table(
  nodes: number,
  kinds: readonly number[],
  u: number,
  parts: readonly { readonly places: Places; readonly bit: number }[],
  more: readonly number[] = [],
): Int32Array {
  const out = new Int32Array(nodes * kinds.length)
  kinds.forEach((_, r) => {
    out.set(more, r * nodes)
  })
  for (const { places, bit } of parts) {
    const { words } = places
    const rows = at(places.rows, u)
    kinds.forEach((kind, r) => {
      const [word, shift] = [kind >> 5, kind & 31]
      for (let m = 0; m < nodes; m++)
        if (((at(rows, m * words + word) >>> shift) & 1) === 1)
          out[r * nodes + m] = at(out, r * nodes + m) | bit
    })
  }
  return out
}
