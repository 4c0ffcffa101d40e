/**
 * The plain twin of the search: states as arrays of numbers, expressions evaluated one by one, sets of strings. Slow, and
 * simple enough to be believed; tests compare the real search against it.
 */
import { type ClaimId, type Expr, evaluate, type Variable } from '@mmulab/model'
import type { Edge, Flag, Linked, LinkedVariable, Node } from './automaton.ts'
import { at, initialState, type Unpacked } from './layout.ts'
import { nodeAt } from './node-plan.ts'

export interface PlainMove {
  readonly task: number
  readonly answer: number
  readonly flags: readonly Flag[]
  /** The state after it; undefined when the kernel stops. */
  readonly to: Unpacked | undefined
}

export interface PlainStep {
  readonly moves: readonly PlainMove[]
  /** Variables that would have left their domains by moves that are therefore not made. */
  readonly exceeded: readonly { readonly task: number; readonly variable: Variable }[]
}

export interface PlainState extends PlainStep {
  readonly key: string
  readonly state: Unpacked
  readonly depth: number
}

export interface PlainSpace {
  readonly states: ReadonlyMap<string, PlainState>
  readonly transitions: number
  /** `claim: message`, with the least number of moves after which it is broken. */
  readonly violations: ReadonlyMap<string, number>
  readonly marks: ReadonlySet<string>
  readonly sometimes: ReadonlySet<number>
  /** States in which somebody has not finished and nobody can move. */
  readonly deadlocked: number
}

export const plainKey = (s: Unpacked): string => `${s.pcs.join()}|${s.values.join()}`

/** Reads a variable of a state; one that no op changes has its initial value. */
export function plainReader(
  variables: readonly LinkedVariable[],
  s: Unpacked,
): (v: Variable) => number {
  return (v) => {
    const i = variables.findIndex((l) => l.variable === v)
    return i < 0 ? v.init : at(s.values, i)
  }
}

/** Everything that can happen next in a state. */
export function plainStep(linked: Linked, s: Unpacked): PlainStep {
  const moves: PlainMove[] = []
  const exceeded: { task: number; variable: Variable }[] = []
  const value = (e: Expr): number => evaluate(e, plainReader(linked.variables, s))
  linked.automata.forEach((automaton, task) => {
    const node = nodeAt(automaton, at(s.pcs, task))
    if (node.kind === 'end' || value(node.guard) === 0) return
    for (const edge of takenEdges(node, value)) {
      const writes = new Map(node.assign.map((a) => [a.to, value(a.value)]))
      const out = [...writes].find(([v, n]) => n < v.min || n > v.max)
      if (out) {
        exceeded.push({ task, variable: out[0] })
        continue
      }
      const values = s.values.map((old, i) => writes.get(at(linked.variables, i).variable) ?? old)
      const pcs = s.pcs.map((old, i) => (i === task ? edge.to : old))
      const to = edge.to < 0 ? undefined : { pcs, values }
      moves.push({ task, answer: edge.answer, flags: edge.flags, to })
    }
  })
  return { moves, exceeded }
}

function takenEdges(node: Node, value: (e: Expr) => number): readonly Edge[] {
  if (node.kind === 'choose' || node.edges.length === 1) return node.edges
  const answer = value(node.answer)
  const edge = node.edges.find((e) => e.answer === answer)
  if (!edge) throw new Error(`${node.label} answered ${answer}, which has no edge`)
  return [edge]
}

/** All reachable states, breadth-first. */
export function explorePlain(linked: Linked): PlainSpace {
  const states = new Map<string, PlainState>()
  const violations = new Map<string, number>()
  const marks = new Set<string>()
  const sometimes = new Set<number>()
  let transitions = 0
  let deadlocked = 0
  const broken = (claim: ClaimId, message: string, depth: number): void => {
    const key = `${claim}: ${message}`
    violations.set(key, Math.min(depth, violations.get(key) ?? depth))
  }
  const raise = (flags: readonly Flag[], depth: number): void => {
    for (const f of flags)
      if (f.kind === 'mark') marks.add(f.name)
      else broken(f.claim, f.message, depth)
  }
  const queue: { s: Unpacked; depth: number }[] = []
  const found = new Set<string>()
  const add = (s: Unpacked, depth: number): void => {
    const key = plainKey(s)
    if (found.has(key)) return
    found.add(key)
    queue.push({ s, depth })
  }
  raise(
    linked.automata.flatMap((a) => a.startFlags),
    0,
  )
  add(initialState(linked), 0)
  for (const { s, depth } of queue) {
    const read = plainReader(linked.variables, s)
    for (const i of linked.invariants)
      if (evaluate(i.holds, read) === 0) broken(i.claim, i.message, depth)
    linked.sometimes.forEach((x, i) => {
      if (!('mark' in x.when) && evaluate(x.when, read) !== 0) sometimes.add(i)
    })
    const step = plainStep(linked, s)
    for (const { variable } of step.exceeded) broken('bound', variable.name, depth + 1)
    for (const m of step.moves) {
      transitions++
      raise(m.flags, depth + 1)
      if (m.to) add(m.to, depth + 1)
    }
    if (step.moves.length === 0 && !isFinished(linked, s)) deadlocked++
    states.set(plainKey(s), { ...step, key: plainKey(s), state: s, depth })
  }
  return { states, transitions, violations, marks, sometimes, deadlocked }
}

const isFinished = (linked: Linked, s: Unpacked): boolean =>
  linked.automata.every((a, t) => nodeAt(a, at(s.pcs, t)).kind === 'end')

/**
 * The states from which one can still be reached for which `goal` holds: backwards, again and again, until nothing changes.
 */
export function plainCanReach(
  space: PlainSpace,
  goal: (state: PlainState) => boolean,
): ReadonlySet<string> {
  const can = new Set([...space.states.values()].filter(goal).map((s) => s.key))
  for (let size = -1; size !== can.size; ) {
    size = can.size
    for (const s of space.states.values())
      if (s.moves.some((m) => m.to && can.has(plainKey(m.to)))) can.add(s.key)
  }
  return can
}
