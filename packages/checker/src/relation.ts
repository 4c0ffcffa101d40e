/**
 * What one op means for another, found out once for ops that are the same. An op may also stand for several that are run without
 * anybody between them (`critical.ts`): it means what one of them means.
 */
import type { Variable } from '@mmulab/model'
import type { Node } from './automaton.ts'
import type { commutes, frees, misdirects, Ranges } from './commute.ts'
import type { dependent, enables, Footprint, misleads } from './dependence.ts'
import { createKeys } from './keys.ts'
import { at } from './layout.ts'

/** What it rests on. */
export interface RelationRules {
  readonly dependent: typeof dependent
  readonly enables: typeof enables
  readonly misleads: typeof misleads
  readonly frees: typeof frees
  readonly commutes: typeof commutes
  readonly misdirects: typeof misdirects
}

/** What a task does at once. */
export interface Doing {
  readonly ops: readonly Footprint[]
  /** What is looked at and may cease to hold by it, or begin to: numbers of `visibility.ts`. */
  readonly undoes: readonly number[]
  readonly brings: readonly number[]
}

export type OfKinds = (mine: number, theirs: number) => boolean

export interface Relation {
  /** Per kind the ops that it stands for; per task and node its kind. */
  readonly prints: readonly (readonly Footprint[])[]
  readonly kinds: readonly Int32Array[]
  readonly conflict: OfKinds
  readonly misled: OfKinds
  readonly freed: OfKinds
  /** Whether `theirs` can change whether `mine` can run. */
  readonly enabled: OfKinds
  /** The same for one of theirs and all of mine, as bits; what only one task runs is not asked of itself. */
  readonly columns: Readonly<Record<'conflict' | 'misled' | 'freed' | 'enabled', Column>>
  /** Of each column. */
  readonly words: number
  /** How many of those that are in somebody's way write each variable, or the other does. */
  involved(): ReadonlyMap<Variable, number>
  /**
   * Who is in whose way while `v` has the value that `within` says. `sees`: what ops may undo and bring about then. A section that
   * writes it is asked as ever, unless it is not to be looked at.
   */
  knowing(v: Variable, within: Ranges, sees: VisibleWithin, sections: boolean): Column
}

/** Whether something that is looked at, by number, may cease to hold by an op, or begin to. */
export interface VisibleWithin {
  undoes(n: Node, look: number): boolean
  brings(n: Node, look: number): boolean
}

export type Column = (theirs: number) => Int32Array

/** Relations of the same ops, put together in different ways, ask each question only once. */
export function relations(
  ops: Iterable<Footprint>,
  ranges: Ranges,
  rules: RelationRules,
): (all: readonly (readonly Doing[])[]) => Relation {
  const kindOf = new Map<Footprint, number>()
  const known = new Map<string, number>()
  const single: Footprint[] = []
  const keys = createKeys()
  for (const p of ops) {
    const { guard, answer, assign } = p.node
    const parts = [keys.expr(guard), keys.expr(answer), keys.writes(assign).join(';')]
    const key = [...parts, ...p.holders.map(keys.expr)].join('|')
    const kind = known.get(key) ?? single.push(p) - 1
    known.set(key, kind)
    kindOf.set(p, kind)
  }
  const mistakes = (a: Footprint, b: Footprint): boolean =>
    rules.misleads(a, b) && rules.misdirects(a, b, ranges)
  const between = (test: (a: Footprint, b: Footprint) => boolean): OfKinds =>
    once(single.length, (a, b) => test(at(single, a), at(single, b)))
  const misled = between(mistakes)
  const conflict = between(
    (a, b) => (rules.dependent(a, b) && !rules.commutes(a, b, ranges)) || mistakes(a, b),
  )
  const freed = between((a, b) => rules.frees(a, b, ranges))
  const enabled = between((a, b) => rules.enables(b, a))
  return (all) => {
    const together = new Map<string, number>()
    const members: { readonly own: readonly number[]; readonly doing: Doing }[] = []
    const kinds = all.map((list) =>
      Int32Array.from(list, (doing) => {
        const own = sorted(doing.ops.map((p) => kindOf.get(p) as number))
        const key = [own, sorted(doing.undoes), sorted(doing.brings)].join('|')
        const kind = together.get(key) ?? members.push({ own, doing }) - 1
        together.set(key, kind)
        return kind
      }),
    )
    const of = (kind: number): readonly number[] => at(members, kind).own
    const some = (test: OfKinds): OfKinds =>
      once(members.length, (a, b) => of(a).some((x) => of(b).some((y) => test(x, y))))
    // Who breaks a promise that another mends may be seen only if he goes first.
    const isSeen: OfKinds = (a, b) =>
      at(members, a).doing.undoes.some((c) => at(members, b).doing.brings.includes(c))
    const inTheWay = some(conflict)
    const tests = {
      conflict: once(members.length, (a, b) => inTheWay(a, b) || isSeen(a, b)),
      misled: some(misled),
      freed: some(freed),
      enabled: some(enabled),
    }
    const columnOf = columnsOf(kinds, members.length)
    const touches = (k: number, v: Variable): boolean => {
      const { reads, writes } = at(single, k)
      return reads.has(v) || writes.has(v)
    }
    const knowing: Relation['knowing'] = (v, within, sees, sections) => {
      const stay = between(
        (a, b) => (rules.dependent(a, b) && !rules.commutes(a, b, within)) || mistakes(a, b),
      )
      const isInTheWay = (x: number, y: number): boolean =>
        conflict(x, y) && (!(touches(x, v) || touches(y, v)) || stay(x, y))
      const may = (what: 'undoes' | 'brings', kind: number, look: number): boolean =>
        of(kind).some((k) => sees[what](at(single, k).node, look))
      const isSeenStill: OfKinds = (a, b) =>
        at(members, a).doing.undoes.some(
          (c) =>
            at(members, b).doing.brings.includes(c) && may('undoes', a, c) && may('brings', b, c),
        )
      const changes = (kind: number): boolean =>
        sections && of(kind).length > 1 && of(kind).some((k) => at(single, k).writes.has(v))
      return columnOf(
        (a, b) =>
          tests.conflict(a, b) &&
          (changes(a) ||
            of(a).some((x) => of(b).some((y) => isInTheWay(x, y))) ||
            isSeenStill(a, b)),
      )
    }
    const columns = {
      conflict: columnOf(tests.conflict),
      misled: columnOf(tests.misled),
      freed: columnOf(tests.freed),
      enabled: columnOf(tests.enabled),
    }
    return {
      involved: () =>
        involvedIn(
          columns.conflict,
          members.map(({ own }) => own.map((k) => at(single, k))),
        ),
      knowing,
      ...tests,
      prints: members.map(({ own }) => own.map((k) => at(single, k))),
      kinds,
      columns,
      words: (members.length + 31) >> 5,
    }
  }
}

function involvedIn(
  conflict: Column,
  prints: readonly (readonly Footprint[])[],
): Map<Variable, number> {
  const involved = new Map<Variable, number>()
  const writes = prints.map((ops) => new Set(ops.flatMap((p) => [...p.writes])))
  for (const [theirs, own] of writes.entries()) {
    const column = conflict(theirs)
    for (const [mine, others] of writes.entries())
      if (((at(column, mine >> 5) >>> (mine & 31)) & 1) === 1)
        for (const set of [own, others])
          for (const v of set) involved.set(v, (involved.get(v) ?? 0) + 1)
  }
  return involved
}

function columnsOf(kinds: readonly Int32Array[], count: number): (test: OfKinds) => Column {
  /** The task that runs it; -1 where there are several. */
  const only = new Int32Array(count)
  const known = new Uint8Array(count)
  kinds.forEach((list, t) => {
    for (const kind of list) {
      only[kind] = known[kind] === 1 && only[kind] !== t ? -1 : t
      known[kind] = 1
    }
  })
  return (test) => {
    const columns: (Int32Array | undefined)[] = []
    return (theirs) => {
      const found = columns[theirs]
      if (found) return found
      const column = new Int32Array((count + 31) >> 5)
      for (let mine = 0; mine < count; mine++)
        if ((only[mine] !== only[theirs] || only[mine] === -1) && test(mine, theirs))
          column[mine >> 5] = at(column, mine >> 5) | (1 << (mine & 31))
      columns[theirs] = column
      return column
    }
  }
}

const sorted = (list: readonly number[]): number[] => [...new Set(list)].sort((a, b) => a - b)

function once(count: number, test: OfKinds): OfKinds {
  /** 0 as long as it is not known, 1 for no, 2 for yes. */
  const answers = new Uint8Array(count ** 2)
  return (a, b) => {
    const i = a * count + b
    if (answers[i] === 0) answers[i] = test(a, b) ? 2 : 1
    return answers[i] === 2
  }
}
