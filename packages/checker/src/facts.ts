/**
 * Facts: a variable has some value, and none of those who could move before a task goes can change that. As long as it is so, some ops
 * cannot be run, some answers do not come, and some ops that write or look at the variable are not in each other's way. A fact is a
 * barrier (`barriers.ts`) that is shut where it is so.
 */
import { type Expr, evaluate, expr, ne, type Variable, variablesOf } from '@mmulab/model'
import type { Automaton, Linked, Node } from './automaton.ts'
import { type Barrier, type BarrierRules, makeBarrier } from './barriers.ts'
import { canBeRun, edgesWithin, leavesAlone, type Ranges } from './commute.ts'
import type { Critical } from './critical.ts'
import { at } from './layout.ts'
import type { Relation } from './relation.ts'
import { type VisibilityRules, visibleWithin } from './visibility.ts'

/** What it rests on. Tests leave things out on purpose; nobody else passes any. */
export interface FactRules {
  /** Whether there are any. */
  readonly on: boolean
  /** Whoever can come to an op that changes it must not. */
  readonly change: boolean
  /** A section that changes it itself is looked at as if it were not so. */
  readonly sections: boolean
}

export const FACT_RULES: FactRules = { on: true, change: true, sections: true }

/** What is known of a world. */
export interface Known {
  readonly linked: Linked
  /** Its tasks along edges that some values lead along. */
  readonly followed: readonly Automaton[]
  readonly here: readonly (readonly Ranges[])[]
  readonly relation: Relation
  readonly inside: Critical['inside']
  readonly lockAt: Critical['lockAt']
  /** Of barriers that there are already. */
  readonly guards: readonly Expr[]
  /** Of no fact. */
  readonly open: Barrier
}

/** A variable with more values is asked about none. */
const VALUES = 4
/** So many facts are looked at closely, times the places that there are. */
const CANDIDATES = 40_000

export function factsOf(
  known: Known,
  rules: BarrierRules & VisibilityRules & { readonly facts: FactRules },
  most: number,
): Barrier[] {
  const { linked, relation } = known
  if (!rules.facts.on || most <= 0) return []
  // Nobody finds the lock of a section taken that is run at once.
  const taken = new Set(known.lockAt.flat())
  const places = known.followed.reduce((n, a) => n + a.nodes.length, 0)
  const involved = relation.involved()
  const pairs = linked.variables
    .filter(({ variable, min, max }) => max > min && max - min < VALUES && !taken.has(variable))
    .flatMap(({ variable, min, max }) =>
      Array.from({ length: max - min + 1 }, (_, i) => ({ variable, value: min + i })),
    )
    .filter(({ variable, value }) => !known.guards.some((g) => isShutBy(g, variable, value)))
    .map((fact) => ({ ...fact, involved: involved.get(fact.variable) ?? 0 }))
    .filter(({ involved }) => involved > 0)
    .sort((a, b) => b.involved - a.involved)
  return pairs
    .slice(0, CANDIDATES / places)
    .map(({ variable, value }) => barrierOf(known, factOf(known, variable, value), rules))
    .map((barrier) => ({ barrier, gain: gainOf(known.open, barrier) }))
    .filter(({ gain }) => gain > 0)
    .sort((a, b) => b.gain - a.gain)
    .slice(0, most)
    .map(({ barrier }) => barrier)
}

/** Whether a guard over this variable alone does not hold when it has this value: that barrier says as much. */
const isShutBy = (guard: Expr, v: Variable, value: number): boolean =>
  [...variablesOf(guard)].every((x) => x === v) && evaluate(guard, () => value) === 0

interface Fact {
  readonly variable: Variable
  readonly value: number
  /** The tasks as long as it is so. */
  readonly automata: readonly Automaton[]
  /** Per task and node, whether the op cannot be run then, and whether it may change it. */
  readonly blocked: readonly (readonly boolean[])[]
  readonly changes: readonly (readonly boolean[])[]
}

const narrowed = (ranges: Ranges, v: Variable, value: number): Ranges => {
  const range = ranges.get(v)
  // Nobody is there when it is so; what the place says of others is good enough.
  if (!range || value < range.min || value > range.max) return ranges
  return new Map(ranges).set(v, { ...range, min: value, max: value })
}

function factOf({ followed, here }: Known, variable: Variable, value: number): Fact {
  const speaksOf = involving(variable)
  const blocked: boolean[][] = []
  const changes: boolean[][] = []
  const automata = followed.map((a, t) => {
    const [shut, opens]: [boolean[], boolean[]] = [[], []]
    const nodes = a.nodes.map((n, i): Node => {
      const touches = speaksOf(n)
      const ranges = touches ? narrowed(at(at(here, t), i), variable, value) : undefined
      shut.push(ranges !== undefined && n.kind !== 'end' && !canBeRun(n, ranges))
      opens.push(ranges !== undefined && !leavesAlone(n, variable, value, ranges))
      return ranges ? { ...n, edges: edgesWithin(n, ranges) } : n
    })
    blocked.push(shut)
    changes.push(opens)
    return { ...a, nodes }
  })
  return { variable, value, automata, blocked, changes }
}

function involving(v: Variable): (n: Node) => boolean {
  const known = new Map<Expr, boolean>()
  const speaks = (e: Expr): boolean => {
    const found = known.get(e)
    if (found !== undefined) return found
    const is =
      e.k === 'var'
        ? e.v === v
        : e.k === 'bin'
          ? speaks(e.a) || speaks(e.b)
          : e.k === 'not'
            ? speaks(e.a)
            : e.k === 'if' && (speaks(e.c) || speaks(e.a) || speaks(e.b))
    known.set(e, is)
    return is
  }
  return (n) =>
    speaks(n.guard) || speaks(n.answer) || n.assign.some((a) => a.to === v || speaks(a.value))
}

function barrierOf(
  { linked, relation, inside }: Known,
  { variable, value, automata, blocked, changes }: Fact,
  rules: BarrierRules & VisibilityRules & { readonly facts: FactRules },
): Barrier {
  const ranges = new Map(linked.variables.map((l) => [l.variable, l]))
  const within = narrowed(ranges, variable, value)
  const conflict = relation.knowing(
    variable,
    within,
    visibleWithin(linked, variable, within, rules),
    rules.facts.sections,
  )
  const guard = ne(expr(variable), expr(value))
  return makeBarrier(automata, guard, relation, inside, rules, {
    isBlocked: (u, m) => blocked[u]?.[m] === true,
    changes: (u, m) => rules.facts.change && changes[u]?.[m] === true,
    conflict,
  })
}

/** How many conflicts there are not, at places from which nobody changes it. */
function gainOf(open: Barrier, { conflict, opens }: Barrier): number {
  const { words } = conflict
  return conflict.rows.reduce((sum, row, u) => {
    const before = at(open.conflict.rows, u)
    let n = 0
    for (let i = 0; i < row.length; i++)
      if (at(at(opens, u), Math.floor(i / words)) === 0)
        for (let left = at(before, i) & ~at(row, i); left !== 0; left &= left - 1) n++
    return sum + n
  }, 0)
}
