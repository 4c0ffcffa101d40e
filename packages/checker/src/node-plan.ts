/**
 * What one node of an automaton does to a packed state, edge by edge: the plan that generated code of either kind is written from.
 * Where an edge is taken, more is known than the node says (the guard held, the answer is this one), and mostly enough to make the
 * whole successor by adding one constant to a word.
 */
import { type Expr, LabError } from '@mmulab/model'
import type { Assignment, Automaton, Edge, Node } from './automaton.ts'
import { assume, type Facts, intervalOf, isTruth, learn, NO_FACTS } from './expression-code.ts'
import { at, type Field, fieldFor, type Layout, maskOf, placed } from './layout.ts'

/** An edge of a task, by position. The number of a site in the list of all sites stands for it in generated code. */
export interface Site {
  readonly task: number
  readonly node: number
  readonly edge: number
}

export interface NodeContext {
  readonly layout: Layout
  readonly task: number
  readonly automaton: Automaton
  /** The number of an edge, given the numbers of node and edge. */
  siteOf(node: number, edge: number): number
}

export interface NodePlan {
  /** Nothing happens where it does not hold. */
  readonly guard: Expr
  /** The first site of the node. */
  readonly site: number
  readonly branch: Branch
}

export type Branch =
  /** All of them, in this order: one for a step with one way to go on, more for a choice. */
  | { readonly kind: 'edges'; readonly edges: readonly EdgePlan[] }
  | { readonly kind: 'truth'; readonly answer: Expr; readonly yes: EdgePlan; readonly no: EdgePlan }
  | {
      readonly kind: 'cases'
      readonly answer: Expr
      readonly cases: readonly { readonly answers: readonly number[]; readonly edge: EdgePlan }[]
    }
  | { readonly kind: 'impossible' }

export interface EdgePlan {
  readonly site: number
  readonly hasFlags: boolean
  /** The kernel stops: there is no successor. */
  readonly halts: boolean
  /** New values that are used more than once; `name` numbers them. */
  readonly locals: readonly { readonly name: number; readonly value: Expr }[]
  /** Values that can leave their fields, and how. The edge is not taken where one does. */
  readonly checks: readonly Check[]
  readonly words: readonly WordPlan[]
}

export interface Check {
  /** Position among the node's assignments. */
  readonly assignment: number
  readonly value: NewValue
  /** The least and the largest value that fit, where it can be less or more. */
  readonly min: number | undefined
  readonly max: number | undefined
}

/** A number, or one of the locals of the edge. */
export type NewValue =
  | { readonly kind: 'number'; readonly n: number }
  | { readonly kind: 'local'; readonly name: number }

/** The new word is `(old & ~mask | dynamic | constant) + grow`. */
export interface WordPlan {
  readonly mask: number
  readonly dynamic: readonly { readonly field: Field; readonly local: number }[]
  readonly constant: number
  readonly grow: number
}

/** The plan of node `index`; undefined when it can do nothing. */
export function planNode(cx: NodeContext, index: number): NodePlan | undefined {
  const node = nodeAt(cx.automaton, index)
  if (node.kind === 'end' || (node.guard.k === 'num' && node.guard.n === 0)) return undefined
  const facts = guardFacts(node.guard, cx.layout)
  const branch = node.kind === 'choose' ? choice(cx, index, facts) : step(cx, index, facts)
  return { guard: node.guard, site: cx.siteOf(index, 0), branch }
}

export function nodeAt(automaton: Automaton, index: number): Node {
  const node = automaton.nodes[index]
  if (!node)
    throw new LabError({
      code: 'INDEX',
      kind: 'internal',
      message: `The automaton of ${automaton.name} has no node ${index}.`,
    })
  return node
}

function guardFacts(guard: Expr, layout: Layout): Facts {
  if (guard.k === 'num') return NO_FACTS
  const [low, high] = intervalOf(guard, layout)
  return low >= 0 && high <= 1 ? learn(NO_FACTS, guard, 1) : NO_FACTS
}

const choice = (cx: NodeContext, index: number, facts: Facts): Branch => ({
  kind: 'edges',
  edges: nodeAt(cx.automaton, index).edges.map((e, i) => planEdge(cx, index, e, i, facts)),
})

function step(cx: NodeContext, index: number, facts: Facts): Branch {
  const node = nodeAt(cx.automaton, index)
  const groups = groupEdges(node.edges)
  const only = groups[0]
  if (!only) return { kind: 'impossible' }
  const plan = (g: Group, known: Facts): EdgePlan => planEdge(cx, index, g.edge, g.index, known)
  // One way to go on: the answer cannot make a difference, so nobody computes it.
  if (groups.length === 1) return { kind: 'edges', edges: [plan(only, facts)] }

  const answer = assume(node.answer, facts)
  const group = (n: number): Group | undefined => groups.find((g) => g.answers.includes(n))
  if (answer.k === 'num') {
    const g = group(answer.n)
    return g
      ? { kind: 'edges', edges: [plan(g, learn(facts, node.answer, answer.n))] }
      : { kind: 'impossible' }
  }
  const [yes, no] = [group(1), group(0)]
  if (isTruth(answer) && yes && no)
    return {
      kind: 'truth',
      answer,
      yes: plan(yes, learn(facts, answer, 1)),
      no: plan(no, learn(facts, answer, 0)),
    }
  const cases = groups.map((g) => {
    const known = g.answers.length === 1 ? g.answers[0] : undefined
    return {
      answers: g.answers,
      edge: plan(g, known === undefined ? facts : learn(facts, answer, known)),
    }
  })
  return { kind: 'cases', answer, cases }
}

export interface Group {
  readonly edge: Edge
  readonly index: number
  readonly answers: number[]
}

/** Edges that do the same whatever the answer are one; a step takes exactly one of them, so no transition is lost. */
export function groupEdges(edges: readonly Edge[]): Group[] {
  const groups: Group[] = []
  edges.forEach((edge, index) => {
    const same = groups.find(
      (g) => g.edge.to === edge.to && g.edge.flags.length + edge.flags.length === 0,
    )
    if (same) same.answers.push(edge.answer)
    else groups.push({ edge, index, answers: [edge.answer] })
  })
  return groups
}

interface Written {
  readonly field: Field
  readonly assignment: Assignment
  readonly value: Expr
  readonly now: NewValue
  /** By how much the stored value grows, where that does not depend on the state. */
  readonly delta: number | undefined
}

function planEdge(
  cx: NodeContext,
  index: number,
  edge: Edge,
  edgeIndex: number,
  facts: Facts,
): EdgePlan {
  const node = nodeAt(cx.automaton, index)
  const written = lastAssignments(node).map((a, i) => writing(cx.layout, a, i, facts))
  const changed = written.filter((w) => w.delta !== 0)
  return {
    site: cx.siteOf(index, edgeIndex),
    hasFlags: edge.flags.length > 0,
    halts: edge.to < 0,
    locals: changed.flatMap(({ now, value }) =>
      now.kind === 'local' ? [{ name: now.name, value }] : [],
    ),
    checks: changed.flatMap((w) => checkOf(w, node.assign.indexOf(w.assignment), cx.layout)),
    words: wordPlans(cx, index, edge.to, changed),
  }
}

/** Of several assignments to one variable the last one counts. */
export const lastAssignments = ({ assign }: Node): readonly Assignment[] =>
  assign.length < 2
    ? assign
    : assign.filter((a, i) => assign.findLastIndex((b) => b.to === a.to) === i)

function writing(layout: Layout, a: Assignment, name: number, facts: Facts): Written {
  const value = assume(a.value, facts)
  const now: NewValue = value.k === 'num' ? { kind: 'number', n: value.n } : { kind: 'local', name }
  return {
    field: fieldFor(layout, a.to),
    assignment: a,
    value,
    now,
    delta: deltaOf(value, a, facts),
  }
}

function deltaOf(value: Expr, a: Assignment, facts: Facts): number | undefined {
  const isTarget = (e: Expr): boolean => e.k === 'var' && e.v === a.to
  const known = facts.values.get(a.to)
  if (value.k === 'num') return known === undefined ? undefined : value.n - known
  if (isTarget(value)) return 0
  if (value.k === 'bin' && value.b.k === 'num' && isTarget(value.a)) {
    if (value.op === 'add') return value.b.n
    if (value.op === 'sub') return -value.b.n
  }
  return undefined
}

function checkOf({ field, value, now }: Written, assignment: number, layout: Layout): Check[] {
  const [low, high] = intervalOf(value, layout)
  const min = low < field.min ? field.min : undefined
  const max = high > field.max ? field.max : undefined
  return min === undefined && max === undefined ? [] : [{ assignment, value: now, min, max }]
}

function wordPlans(
  { layout, task }: NodeContext,
  from: number,
  to: number,
  changed: readonly Written[],
): WordPlan[] {
  const plans = Array.from({ length: layout.words }, () => ({
    mask: 0,
    dynamic: [] as { field: Field; local: number }[],
    constant: 0,
    grow: 0,
  }))
  const planOf = (f: Field): (typeof plans)[number] => at(plans, f.word)
  const pc = at(layout.pcs, task)
  if (pc.bits > 0) planOf(pc).grow = (to - from) << pc.shift
  for (const { field, now, delta } of changed) {
    if (field.bits === 0) continue
    const plan = planOf(field)
    // A field that stays inside its bits can be changed by adding: nothing is carried into its neighbour.
    if (delta !== undefined) plan.grow = (plan.grow + (delta << field.shift)) | 0
    else {
      plan.mask |= maskOf(field)
      if (now.kind === 'number') plan.constant |= placed(field, now.n)
      else plan.dynamic.push({ field, local: now.name })
    }
  }
  return plans
}
