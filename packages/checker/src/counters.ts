/**
 * Counters: variables that ops only count up and down. What a task has added to one so far is known, more or less, from where it is,
 * and so, with the least and the most that others can have added, between which values the counter is there. Who is inside
 * a section knows that at least one is open.
 */
import type { Expr, Variable } from '@mmulab/model'
import type { Automaton, Linked, Node } from './automaton.ts'
import type { Ranges } from './commute.ts'
import { at } from './layout.ts'

/** The least and the most. */
export interface Span {
  readonly min: number
  readonly max: number
}

/** Rounds after which a sum counts as endless: no loop that adds nothing needs so many. */
const ROUNDS = 64
export const NOTHING: Span = { min: 0, max: 0 }
const ANYTHING: Span = { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY }

export const plus = (a: Span, b: Span): Span => ({ min: a.min + b.min, max: a.max + b.max })
export const join = (a: Span, b: Span): Span => ({
  min: Math.min(a.min, b.min),
  max: Math.max(a.max, b.max),
})

/** Per task and node, the range of each variable there; that of the whole world where no more is known. */
export function rangesAt(linked: Linked): Ranges[][] {
  const ways = linked.automata.map(waysOf)
  const known = linked.variables.flatMap((l) => {
    const added = ways.flatMap((w) => {
      const before = w.added(l.variable)
      return before ? [{ before, anywhere: before.reduce(join) }] : []
    })
    return added.length === linked.automata.length ? [{ ...l, added }] : []
  })
  const all = new Map(linked.variables.map((l) => [l.variable, l]))
  return linked.automata.map((a, t) =>
    a.nodes.map((_, n) => {
      const here = new Map(all)
      for (const { variable, min, max, added } of known) {
        const sum = added
          .map(({ before, anywhere }, u) => (u === t ? (before[n] ?? ANYTHING) : anywhere))
          .reduce(plus, { min: variable.init, max: variable.init })
        here.set(variable, {
          variable,
          min: Math.max(min, sum.min),
          max: Math.min(max, sum.max),
        })
      }
      return here
    }),
  )
}

/** What comes to a variable by an op; undefined where the op does something else to it. */
export function addedByNode(n: Node, v: Variable): Span | undefined {
  const [own, ...more] = n.assign.filter((a) => a.to === v)
  if (!own) return NOTHING
  return more.length === 0 ? addedBy(own.value, v) : undefined
}

/** What comes to a variable by a node with some answer, where more is known of it than the op says. */
export type AddedBy = (node: number, answer: number) => Span | undefined

export interface Ways {
  readonly writes: ReadonlySet<Variable>
  /** What the task has added to a variable before each of its nodes; undefined where it does not only add. */
  added(v: Variable, more?: AddedBy): readonly Span[] | undefined
  /** The same of all nodes together. */
  anywhere(v: Variable, more?: AddedBy): Span | undefined
}

/** The ways of a task, from its start along all edges. */
export function waysOf({ nodes, start }: Automaton): Ways {
  const writers = new Map<Variable, number[]>()
  nodes.forEach((n, i) => {
    for (const { to } of n.assign) {
      const list = writers.get(to) ?? []
      list.push(i)
      writers.set(to, list)
    }
  })
  const edges = nodes.flatMap((n, i) =>
    n.edges.flatMap(({ answer, to }) => (to < 0 ? [] : [[i, answer, to] as const])),
  )
  const from = Int32Array.from(edges, ([i]) => i)
  const answers = Int32Array.from(edges, ([, answer]) => answer)
  const to = Int32Array.from(edges, ([, , next]) => next)
  const nothing = nodes.map(() => NOTHING)

  /** The least and the most at each node; not a number where nobody comes. */
  const spans = (
    v: Variable,
    more?: AddedBy,
  ): { least: Float64Array; most: Float64Array } | undefined => {
    const least = new Float64Array(nodes.length).fill(Number.NaN)
    const most = new Float64Array(nodes.length).fill(Number.NaN)
    const [low, high] = [new Float64Array(edges.length), new Float64Array(edges.length)]
    const writes = new Uint8Array(nodes.length)
    for (const i of writers.get(v) ?? []) {
      if (!addedByNode(at(nodes, i), v)) return undefined
      writes[i] = 1
    }
    for (let e = 0; e < edges.length; e++) {
      const i = at(from, e)
      if (writes[i] !== 1) continue
      const span = more?.(i, at(answers, e)) ?? addedByNode(at(nodes, i), v) ?? ANYTHING
      low[e] = span.min
      high[e] = span.max
    }
    least[start] = 0
    most[start] = 0
    for (let round = 0, changed = true; changed; round++) {
      changed = false
      for (let e = 0; e < edges.length; e++) {
        const [i, j] = [at(from, e), at(to, e)]
        if (Number.isNaN(at(least, i))) continue
        const [min, max] = [at(least, i) + at(low, e), at(most, i) + at(high, e)]
        if (min >= at(least, j) && max <= at(most, j)) continue
        const isNew = Number.isNaN(at(least, j))
        const isEndless = round >= ROUNDS
        least[j] = isEndless ? ANYTHING.min : isNew ? min : Math.min(min, at(least, j))
        most[j] = isEndless ? ANYTHING.max : isNew ? max : Math.max(max, at(most, j))
        changed = true
      }
      if (round > 2 * ROUNDS + nodes.length) return undefined
    }
    return { least, most }
  }

  return {
    writes: new Set(writers.keys()),
    added: (v, more) => {
      if (!writers.has(v)) return nothing
      const found = spans(v, more)
      return (
        found &&
        nodes.map((_, i) => {
          const [min, max] = [at(found.least, i), at(found.most, i)]
          return Number.isNaN(min) ? NOTHING : { min, max }
        })
      )
    },
    anywhere: (v, more) => {
      if (!writers.has(v)) return NOTHING
      const found = spans(v, more)
      let [min, max] = [0, 0]
      // What is no number is neither.
      for (const x of found?.least ?? []) if (x < min) min = x
      for (const x of found?.most ?? []) if (x > max) max = x
      return found && { min, max }
    },
  }
}

/** `v + 1`, `v - 1`, `v + (x == 2)`: what comes to it. */
function addedBy(e: Expr, v: Variable): Span | undefined {
  if (e.k === 'var') return e.v === v ? NOTHING : undefined
  if (e.k !== 'bin' || (e.op !== 'add' && e.op !== 'sub')) return undefined
  const left = addedBy(e.a, v)
  const other = left ? amount(e.b) : amount(e.a)
  const rest = left ?? (e.op === 'add' ? addedBy(e.b, v) : undefined)
  if (!other || !rest) return undefined
  return plus(rest, e.op === 'add' ? other : { min: -other.max, max: -other.min })
}

function amount(e: Expr): Span | undefined {
  if (e.k === 'num') return { min: e.n, max: e.n }
  const isTruth = e.k === 'not' || (e.k === 'bin' && e.op !== 'add' && e.op !== 'sub')
  return isTruth ? { min: 0, max: 1 } : undefined
}
