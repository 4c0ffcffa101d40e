/** Worlds made by hand: automata node by node, for tests that must not depend on recording and linking. */
import { type Expr, type ExprLike, expr, TRUE, type Variable } from '@mmulab/model'
import type { Automaton, Edge, Flag, Linked, Node } from '../src/automaton.ts'

export interface NodeSpec {
  readonly guard?: ExprLike
  readonly set?: readonly (readonly [Variable, ExprLike])[]
  readonly answer?: ExprLike
  /** Where each answer leads, from answer 0 on; or one place for the only answer. */
  readonly to?: number | readonly number[]
  readonly edges?: readonly Edge[]
  readonly choose?: boolean
  readonly label?: string
  readonly waits?: Node['waits']
  readonly flags?: readonly Flag[]
}

export const edge = (answer: number, to: number, flags: readonly Flag[] = []): Edge => ({
  answer,
  to,
  flags,
})

export function node(spec: NodeSpec): Node {
  const { to = 0, flags = [] } = spec
  const targets = typeof to === 'number' ? [to] : to
  return {
    kind: spec.choose ? 'choose' : 'step',
    guard: expr(spec.guard ?? TRUE),
    assign: (spec.set ?? []).map(([v, x]) => ({ to: v, value: expr(x) })),
    answer: expr(spec.answer ?? 0),
    edges: spec.edges ?? targets.map((t, i) => edge(i, t, flags)),
    label: spec.label ?? 'step',
    waits: spec.waits,
    stack: ['main'],
    source: '',
  }
}

export const end: Node = { ...node({ label: 'finished' }), kind: 'end', edges: [] }

export const automaton = (
  name: string,
  nodes: readonly Node[],
  options: Partial<Automaton> = {},
): Automaton => ({ name, daemon: false, nodes, start: 0, startFlags: [], ...options })

/** Straight through all steps to the end. */
export const sequence = (name: string, steps: readonly NodeSpec[]): Automaton =>
  automaton(name, [...steps.map((s, i) => node({ to: i + 1, ...s })), end])

/** A lock as `mutex_lock` takes it, by the task with this index. */
export const lock = (v: Variable, task: number): NodeSpec => ({
  guard: { k: 'bin', op: 'eq', a: expr(v), b: expr(0) },
  set: [[v, task + 1]],
  label: `lock(${v.name})`,
  waits: { on: v.name, holder: heldByOther(v) },
})

export const unlock = (v: Variable): NodeSpec => ({ set: [[v, 0]], label: `unlock(${v.name})` })

const heldByOther = (v: Variable): Expr => ({
  k: 'bin',
  op: 'eq',
  a: expr(v),
  b: { k: 'task', who: 'other' },
})

export function linkedOf(
  automata: readonly Automaton[],
  variables: readonly Variable[],
  extra: Partial<Linked> & { readonly notClaimed?: Linked['world']['notClaimed'] } = {},
): Linked {
  const { notClaimed = {}, ...rest } = extra
  return {
    world: { name: 'hand', tasks: [], invariants: [], sometimes: [], measures: [], notClaimed },
    automata,
    variables: variables.map((v) => ({ variable: v, min: v.min, max: v.max })),
    invariants: [],
    goals: [],
    sometimes: [],
    measures: [],
    lockOrder: [],
    callbackClasses: [],
    fingerprint: 'hand',
    size: { unminimised: 0, nodes: 0, runs: 0 },
    ...rest,
  }
}
