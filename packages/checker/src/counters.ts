/**
 * Counters: variables that ops only count up and down. What a task has added to one so far is known, more or less, from where it is,
 * and so, with the least and the most that others can have added, between which values the counter is there. Who is inside
 * a section knows that at least one is open.
 */
import type { Expr, Variable } from '@mmulab/model'
import type { Automaton, Linked } from './automaton.ts'
import type { Ranges } from './commute.ts'

interface Span {
  readonly min: number
  readonly max: number
}

/** Rounds after which a sum counts as endless: no loop that adds nothing needs so many. */
const ROUNDS = 64
const NOTHING: Span = { min: 0, max: 0 }
const ANYTHING: Span = { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY }

const plus = (a: Span, b: Span): Span => ({ min: a.min + b.min, max: a.max + b.max })
const join = (a: Span, b: Span): Span => ({
  min: Math.min(a.min, b.min),
  max: Math.max(a.max, b.max),
})

/** Per task and node, the range of each variable there; that of the whole world where no more is known. */
export function rangesAt(linked: Linked): Ranges[][] {
  const known = linked.variables.flatMap((l) => {
    const added = linked.automata.flatMap((a) => {
      const at = addedAt(a, l.variable)
      return at ? [{ at, anywhere: at.reduce(join) }] : []
    })
    return added.length === linked.automata.length ? [{ ...l, added }] : []
  })
  const all = new Map(linked.variables.map((l) => [l.variable, l]))
  return linked.automata.map((a, t) =>
    a.nodes.map((_, n) => {
      const here = new Map(all)
      for (const { variable, min, max, added } of known) {
        const sum = added
          .map(({ at, anywhere }, u) => (u === t ? (at[n] ?? ANYTHING) : anywhere))
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

/** What a task has added to a variable before each of its nodes; undefined where it does not only add. */
function addedAt({ nodes, start }: Automaton, v: Variable): Span[] | undefined {
  const steps: Span[] = []
  for (const n of nodes) {
    const own = n.assign.filter((a) => a.to === v)
    const step = own.length === 0 ? NOTHING : own.length === 1 && own[0] && addedBy(own[0].value, v)
    if (!step) return undefined
    steps.push(step)
  }
  const at: (Span | undefined)[] = nodes.map((_, i) => (i === start ? NOTHING : undefined))
  for (let round = 0, changed = true; changed; round++) {
    changed = false
    for (const [i, n] of nodes.entries()) {
      const here = at[i]
      if (!here) continue
      for (const { to } of n.edges) {
        if (to < 0) continue
        const old = at[to]
        const now = plus(here, steps[i] ?? NOTHING)
        const next = old ? join(old, now) : now
        if (old && next.min === old.min && next.max === old.max) continue
        at[to] = round < ROUNDS ? next : ANYTHING
        changed = true
      }
    }
    if (round > 2 * ROUNDS + nodes.length) return undefined
  }
  return at.map((span) => span ?? NOTHING)
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
