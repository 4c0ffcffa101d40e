/**
 * One node of an automaton as JavaScript: the guard, then for each edge the words of the successor, appended to the
 * batch `succ` at `o`. Where an edge is taken, more is known than the node says (the guard held, the answer is this one), and
 * mostly enough to make the whole successor by adding one constant to a word.
 */
import { type Expr, LabError } from '@mmulab/model'
import type { Assignment, Automaton, Edge, Node } from './automaton.ts'
import {
  assume,
  type Facts,
  intervalOf,
  isTruth,
  learn,
  NO_FACTS,
  truthCode,
  valueCode,
} from './expression-code.ts'
import { type Field, fieldFor, type Layout, maskOf, placed } from './layout.ts'

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

/** The code of node `index`; empty when it can do nothing. */
export function nodeCode(cx: NodeContext, index: number): string {
  const node = nodeAt(cx.automaton, index)
  if (node.kind === 'end') return ''
  const facts = guardFacts(node.guard, cx.layout)
  const body = node.kind === 'choose' ? chooseCode(cx, index, facts) : stepCode(cx, index, facts)
  const guard = truthCode(node.guard, cx.layout)
  const hit = `hit[${cx.siteOf(index, 0)}]=1;`
  if (guard === 'false') return ''
  return guard === 'true' ? hit + body : `if(${guard}){${hit}${body}}`
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
  const [low, high] = intervalOf(guard, layout)
  return low >= 0 && high <= 1 ? learn(NO_FACTS, guard, 1) : NO_FACTS
}

function chooseCode(cx: NodeContext, index: number, facts: Facts): string {
  const { edges } = nodeAt(cx.automaton, index)
  return edges.map((_, i) => edgeCode(cx, index, i, facts)).join('')
}

function stepCode(cx: NodeContext, index: number, facts: Facts): string {
  const node = nodeAt(cx.automaton, index)
  const groups = groupEdges(node.edges)
  const impossible = `impossible(c,${cx.siteOf(index, 0)});`
  const only = groups[0]
  if (!only) return impossible
  // One way to go on: the answer cannot make a difference, so nobody computes it.
  if (groups.length === 1) return edgeCode(cx, index, only.edge, facts)

  const answer = assume(node.answer, facts)
  const code = (g: Group, condition: Expr, n: number | undefined): string =>
    edgeCode(cx, index, g.edge, n === undefined ? facts : learn(facts, condition, n))
  const group = (n: number): Group | undefined => groups.find((g) => g.answers.includes(n))
  if (answer.k === 'num') {
    const g = group(answer.n)
    return g ? code(g, node.answer, answer.n) : impossible
  }
  const yes = group(1)
  const no = group(0)
  if (isTruth(answer) && yes && no)
    return `if(${truthCode(answer, cx.layout)}){${code(yes, answer, 1)}}else{${code(no, answer, 0)}}`
  const cases = groups.map((g) => {
    const known = g.answers.length === 1 ? g.answers[0] : undefined
    return `${g.answers.map((n) => `case ${n}:`).join('')}${code(g, answer, known)}break;`
  })
  return `switch(${valueCode(answer, cx.layout)}){${cases.join('')}default:${impossible}}`
}

interface Group {
  readonly edge: number
  readonly answers: number[]
}

/** Edges that do the same whatever the answer are one; a step takes exactly one of them, so no transition is lost. */
function groupEdges(edges: readonly Edge[]): Group[] {
  const groups: Group[] = []
  edges.forEach((e, i) => {
    const same = groups.find((g) => {
      const first = edges[g.edge]
      return first && first.to === e.to && first.flags.length + e.flags.length === 0
    })
    if (same) same.answers.push(e.answer)
    else groups.push({ edge: i, answers: [e.answer] })
  })
  return groups
}

interface Written {
  readonly field: Field
  readonly assignment: Assignment
  readonly value: Expr
  /** Local variable that holds the new value where it is not constant. */
  readonly name: string | undefined
  /** By how much the stored value grows, where that does not depend on the state. */
  readonly delta: number | undefined
}

function edgeCode(cx: NodeContext, index: number, edgeIndex: number, facts: Facts): string {
  const node = nodeAt(cx.automaton, index)
  const edge = node.edges[edgeIndex]
  if (!edge) return ''
  const site = cx.siteOf(index, edgeIndex)
  const written = lastAssignments(node).map((a, i) => plan(cx, a, i, facts))
  const changed = written.filter((w) => w.delta !== 0)
  const flags = edge.flags.length > 0 ? `if(live[${site}]!==0)flag(c,${site});` : ''
  const arrive = edge.to < 0 ? `halt(c,${site});` : successor(cx, index, edge.to, site, changed)

  const locals = changed
    .filter((w) => w.name)
    .map((w) => `${w.name}=${valueCode(w.value, cx.layout)}`)
  const declare = locals.length > 0 ? `const ${locals.join(',')};` : ''
  const checks = changed
    .map((w) => ({ w, test: leaves(w, cx.layout) }))
    .filter((x) => x.test !== '')
    .map(({ w, test }) => {
      const which = node.assign.indexOf(w.assignment)
      return `if(${test})bound(c,${site},${which},${w.name ?? valueCode(w.value, cx.layout)});else `
    })
  return `{${declare}${checks.join('')}{${flags}${arrive}}}`
}

/** Of several assignments to one variable the last one counts. */
const lastAssignments = (node: Node): Assignment[] =>
  node.assign.filter((a, i) => node.assign.findLastIndex((b) => b.to === a.to) === i)

function plan(cx: NodeContext, a: Assignment, i: number, facts: Facts): Written {
  const field = fieldFor(cx.layout, a.to)
  const value = assume(a.value, facts)
  const delta = deltaOf(value, a, facts)
  const constant = value.k === 'num'
  return { field, assignment: a, value, delta, name: constant || delta === 0 ? undefined : `x${i}` }
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

/** The condition under which the new value leaves the field; empty when it cannot. */
function leaves(w: Written, layout: Layout): string {
  const [low, high] = intervalOf(w.value, layout)
  const x = w.name ?? valueCode(w.value, layout)
  const tests = [
    ...(low < w.field.min ? [`${x}<${w.field.min}`] : []),
    ...(high > w.field.max ? [`${x}>${w.field.max}`] : []),
  ]
  return tests.join('||')
}

/** Appends the successor's words, then the edge's number. */
function successor(
  cx: NodeContext,
  from: number,
  to: number,
  site: number,
  changed: readonly Written[],
): string {
  const { layout } = cx
  const pc = layout.pcs[cx.task]
  const stores = Array.from({ length: layout.words }, (_, word) => {
    const here = changed.filter((w) => w.field.word === word && w.field.bits > 0)
    let grow = pc && pc.word === word && pc.bits > 0 ? (to - from) << pc.shift : 0
    let mask = 0
    let constant = 0
    const dynamic: string[] = []
    for (const { field, value, name, delta } of here) {
      // A field that stays inside its bits can be changed by adding: nothing is carried into its neighbour.
      if (delta !== undefined) grow = (grow + (delta << field.shift)) | 0
      else {
        mask |= maskOf(field)
        if (value.k === 'num') constant |= placed(field, value.n)
        else dynamic.push(placedCode(field, name ?? valueCode(value, layout)))
      }
    }
    let code = mask === 0 ? `s${word}` : [`(s${word}&${~mask})`, ...dynamic].join('|')
    if (constant !== 0) code = `${code}|${constant}`
    if (grow !== 0) code = mask === 0 ? `(${code}+${grow})|0` : `((${code})+${grow})|0`
    return `succ[o${word === 0 ? '' : `+${word}`}]=${code};`
  })
  const { words } = layout
  return `${stores.join('')}succ[o+${words}]=${site};o+=${words + 1};`
}

const placedCode = (f: Field, x: string): string => {
  const value = f.min === 0 ? x : `(${x}-(${f.min}))`
  return f.shift === 0 ? value : `(${value}<<${f.shift})`
}
