/**
 * What others can still come to, from every place and for every op of a task: where it gets in the way of that op, and where it wakes
 * somebody who waits. Also without passing by an op that waits for some guard, which is asked in states where the guard does not hold.
 */
import { type Expr, type Variable, variablesOf } from '@mmulab/model'
import type { Automaton } from './automaton.ts'
import type { Critical } from './critical.ts'
import type { opens } from './dependence.ts'
import { sameExpr } from './expression-code.ts'
import { at } from './layout.ts'
import type { Column, Relation } from './relation.ts'

/**
 * Where an op concerns another task: per other task and node a row of words in which each kind of op (`relation.ts`) has a bit.
 */
export interface Places {
  /** Of each row. */
  readonly words: number
  readonly rows: readonly Int32Array[]
}

/** Whether a kind of op concerns another task at one of its nodes. */
export const concerns = ({ words, rows }: Places, kind: number, u: number, m: number): boolean =>
  ((at(at(rows, u), m * words + (kind >> 5)) >>> (kind & 31)) & 1) === 1

/**
 * What others can come to, without passing by an op that waits for `guard` (a lock to be free, mostly). To be used where
 * `guard` does not hold and nobody can make it hold before the task has moved; the first barrier has no guard and is always good.
 */
export interface Barrier {
  readonly guard: Expr | undefined
  /** Where the other can come to an op that depends on one of this kind, or waits at one that it may make possible. */
  readonly conflict: Places
  /** Where it can come to an op that changes whether one of this kind can run. */
  readonly wakes: Places
  /** Per task, where it can come to an op that changes `guard`. */
  readonly opens: readonly Int32Array[]
}

/** What else is known where the guard does not hold. */
export interface WhileShut {
  /** Whether an op cannot be run then, and whether it may make the guard hold. */
  isBlocked(u: number, m: number): boolean
  changes(u: number, m: number): boolean
  /** Who is in whose way then. */
  readonly conflict: Column
}

/** What it rests on. */
export interface BarrierRules {
  readonly opens: typeof opens
}

export function makeBarrier(
  automata: readonly Automaton[],
  guard: Expr | undefined,
  relation: Relation,
  inside: Critical['inside'],
  rules: BarrierRules,
  known?: WhileShut,
): Barrier {
  const shut = automata.map((a) =>
    a.nodes.map((n) => guard !== undefined && sameExpr(n.guard, guard)),
  )
  const isShut = (u: number, m: number): boolean => shut[u]?.[m] === true
  /** Nobody gets past it as long as the guard does not hold. */
  const isBlocked = (u: number, m: number): boolean =>
    isShut(u, m) || known?.isBlocked(u, m) === true
  const variables = guard ? variablesOf(guard) : new Set<Variable>()
  const { columns, prints, words } = relation
  /** What a task can come to from each of its places, a word or more for each thing that it may concern. */
  const ahead = (size: number, of: (u: number, m: number) => Int32Array): Int32Array[] =>
    automata.map((a, u) =>
      aheadOf(
        a,
        (m) => isBlocked(u, m),
        size,
        (m) => of(u, m),
      ),
    )
  const kindAt = (u: number, m: number): number => at(at(relation.kinds, u), m)
  const none = new Int32Array(words)
  // Behind a shut op nothing is run; but its task may come to it, and wait there for somebody.
  const conflict = ahead(words, (u, m) =>
    (isBlocked(u, m) ? columns.misled : (known?.conflict ?? columns.conflict))(kindAt(u, m)),
  )
  automata.forEach((a, u) => {
    const row = at(conflict, u)
    a.nodes.forEach((_, m) => {
      // Nobody goes alone while another is in a section that is run at once.
      if (inside[u]?.[m] === true) row.fill(-1, m * words, (m + 1) * words)
      else if (!isShut(u, m)) join(row, m * words, columns.freed(kindAt(u, m)))
    })
  })
  const wakes = ahead(words, (u, m) => (isBlocked(u, m) ? none : columns.enabled(kindAt(u, m))))
  const [yes, no] = [Int32Array.of(1), Int32Array.of(0)]
  const opening = prints.map((ops) => ops.some((p) => rules.opens(p, variables)))
  const changes = (u: number, m: number): boolean =>
    known ? known.changes(u, m) : opening[kindAt(u, m)] === true
  const opens = ahead(1, (u, m) => (!isBlocked(u, m) && changes(u, m) ? yes : no))
  return { guard, conflict: { words, rows: conflict }, wakes: { words, rows: wakes }, opens }
}

/** Where a task, while it waits there, waits for somebody whom an op may change. */
export function misleadsOf({ kinds, columns, words }: Relation): Places {
  const rows = kinds.map((list) => {
    const row = new Int32Array(list.length * words)
    list.forEach((kind, m) => {
      row.set(columns.misled(kind), m * words)
    })
    return row
  })
  return { words, rows }
}

/** Adds words of another row; says whether there were any new bits. */
function join(
  row: Int32Array,
  begin: number,
  more: Int32Array,
  from = 0,
  words = more.length,
): boolean {
  let changed = false
  for (let w = 0; w < words; w++) {
    const old = row[begin + w] as number
    const all = old | (more[from + w] as number)
    if (all === old) continue
    row[begin + w] = all
    changed = true
  }
  return changed
}

/** What is at a place, and at those that it leads to without passing by a shut one. */
function aheadOf(
  { nodes }: Automaton,
  isBlocked: (node: number) => boolean,
  words: number,
  of: (node: number) => Int32Array,
): Int32Array {
  const rows = new Int32Array(nodes.length * words)
  nodes.forEach((_, m) => {
    rows.set(of(m), m * words)
  })
  // Backwards, as most edges lead onwards.
  const edges = nodes.flatMap((n, m) =>
    isBlocked(m) ? [] : n.edges.flatMap(({ to }) => (to < 0 || to === m ? [] : [m, to])),
  )
  for (let changed = true; changed; ) {
    changed = false
    for (let e = edges.length - 2; e >= 0; e -= 2)
      if (join(rows, at(edges, e) * words, rows, at(edges, e + 1) * words, words)) changed = true
  }
  return rows
}
