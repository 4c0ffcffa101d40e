/**
 * Export to Promela, so that SPIN can judge the same world. One proctype per task, one label per node, one transition per edge:
 * with reductions off (`spin -a -o1 -o2 -o3`, `gcc -DSAFETY -DNOREDUCE`) SPIN stores exactly the states and takes exactly the
 * transitions that the search does.
 *
 * Without a claim the text has no property at all, for counting. With claims, their invariants and their broken promises on
 * transitions become assertions over hidden variables, which are no part of a state: the counts stay what they are, and
 * `pan -c0` names each claim that is violated.
 */
import { type ClaimId, type Expr, type Variable, valuesOf, variablesOf } from '@mmulab/model'
import type { Assignment, Automaton, Edge, Linked, Node } from './automaton.ts'
import { type Identifiers, identifiers, originOf } from './identifiers.ts'
import { at } from './layout.ts'
import { nodeAt } from './node-plan.ts'

export interface PromelaOptions {
  /** Those that SPIN is to judge; see `expressible`. */
  readonly claims?: readonly ClaimId[]
}

/**
 * Set by BUG. There is no way to tell SPIN that nobody moves any more but by one more variable, so only the task that ran into
 * it stops: where `pan` reports this one, what it counts and says of other claims goes too far.
 */
export const STOPPED = 'kernel_stopped'

const canStop = (a: Automaton): boolean => a.nodes.some((n) => n.edges.some((e) => e.to < 0))

/** The variable that is 1 once a claim is broken: what an assertion speaks of when `pan` reports it. */
export const brokenName = (claim: ClaimId): string => `broken_${claim.replaceAll('-', '_')}`

/**
 * The claims of a world that are invariants or broken promises on transitions. That a task can still finish is neither (it
 * says that from every state some way exists), nor is a ring of waiting tasks, and the order of locks is not judged from states.
 */
export function expressible(linked: Linked): ClaimId[] {
  const claims = ['memory', 'coherence', 'balance', 'context', 'warn'] as const
  const atStart = linked.automata.flatMap((a) => a.startFlags)
  return claims.filter(
    (c) =>
      !(c in linked.world.notClaimed) &&
      !atStart.some((f) => f.kind === 'violate' && f.claim === c),
  )
}

export function promela(linked: Linked, { claims = [] }: PromelaOptions = {}): string {
  const widest = Math.max(0, ...linked.automata.flatMap((a) => a.nodes.map((n) => n.assign.length)))
  const scratch = Array.from({ length: widest }, (_, i) => `t_${i}`)
  const broken = claims.map(brokenName)
  const names = identifiers(linked, [...scratch, ...broken, STOPPED])
  const stops = linked.automata.some(canStop)
  const writer = { names, checks: checksOf(linked, claims), claims: new Set(claims) }
  const declarations = linked.variables.map(
    ({ variable: v, min, max }) =>
      `${typeOf(min, max)} ${names.variable(v)} = ${v.init}; /* ${comment(v.name)} */`,
  )
  const tasks = linked.automata.map((_, task) => proctype(linked, task, writer))
  const read = scratch.filter((t) => tasks.some((text) => text.includes(`${t} = `)))
  return `${[
    `/* ${comment(linked.world.name)}`,
    '',
    '   spin -a -o1 -o2 -o3 world.pml && gcc -O2 -DSAFETY -DNOREDUCE -o pan pan.c && ./pan -E -c0 -m1000000',
    '',
    '   The transitions that pan counts are one too many: it counts arriving at the initial state. */',
    '',
    ...declarations,
    '',
    ...(read.length + broken.length || stops ? ['/* No part of a state. */'] : []),
    ...read.map((t) => `hidden int ${t};`),
    ...(stops ? [`hidden byte ${STOPPED} = 0; /* BUG */`] : []),
    ...broken.map((b) => `hidden byte ${b} = 0;`),
    ...promises(linked, claims, names),
    ...tasks,
  ].join('\n')}\n`
}

interface Check {
  readonly claim: ClaimId
  /** Those that its invariants read: after any other step it is what it was. */
  readonly reads: ReadonlySet<Variable>
}

interface Writer {
  readonly names: Identifiers
  readonly checks: readonly Check[]
  readonly claims: ReadonlySet<ClaimId>
}

const checksOf = (linked: Linked, claims: readonly ClaimId[]): Check[] =>
  claims.flatMap((claim) => {
    const own = linked.invariants.filter((x) => x.claim === claim)
    if (own.length === 0) return []
    const reads = new Set<Variable>()
    for (const { holds } of own) variablesOf(holds, reads)
    return [{ claim, reads }]
  })

/** The invariants of each claim as macros, and the assertion that they hold. */
function promises(linked: Linked, claims: readonly ClaimId[], names: Identifiers): string[] {
  return claims.flatMap((claim) => {
    const own = linked.invariants.filter((x) => x.claim === claim)
    if (own.length === 0) return []
    const name = claim.replaceAll('-', '_')
    return [
      '',
      ...own.flatMap((x, i) => [
        `/* ${claim}, or else: ${comment(x.message)} */`,
        `#define ${name}_${i + 1} (${expression(x.holds, names)})`,
      ]),
      `#define check_${name} ${brokenName(claim)} = !(${own.map((_, i) => `${name}_${i + 1}`).join(' && ')}); assert(!${brokenName(claim)})`,
    ]
  })
}

function proctype(linked: Linked, task: number, w: Writer): string {
  const a = at(linked.automata, task)
  const halt = `end_${w.names.task(task)}_stopped`
  const label = (i: number): string =>
    `${a.daemon || a.nodes[i]?.kind === 'end' ? 'end' : 'L'}_${w.names.node(task, i)}`
  // A proctype begins at its first label.
  const order = [a.start, ...a.nodes.keys()].filter((i, k) => k === 0 || i !== a.start)
  const nodes = order.map((i) => {
    const n = nodeAt(a, i)
    const head = `\n${label(i)}: /* ${comment(originOf(n))} */`
    if (n.edges.length === 0) return `${head}\n  if\n  :: false -> goto ${label(i)}\n  fi;`
    const options = n.edges.map((e) => {
      const to = e.to < 0 ? halt : label(e.to)
      return `  :: d_step { ${statements(n, e, i === a.start, w).join('; ')} } -> goto ${to}`
    })
    return `${head}\n  if\n${options.join('\n')}\n  fi;`
  })
  if (canStop(a)) nodes.push(`\n${halt}: /* BUG */\n  if\n  :: false -> goto ${halt}\n  fi;`)
  return `\nactive proctype ${w.names.task(task)}() /* ${comment(a.name)} */\n{${nodes.join('\n')}\n}`
}

/** One step: what has to hold, what is assigned, and which promises are looked at afterwards. */
function statements(n: Node, e: Edge, isFirst: boolean, w: Writer): string[] {
  const write = (x: Expr): string => operand(x, w.names)
  const guards = [
    write(n.guard),
    ...(n.kind === 'step' && n.edges.length > 1 ? [`${write(n.answer)} == ${e.answer}`] : []),
    ...n.assign.flatMap((x) => inDomain(x, write(x.value))),
  ]
  const look = (wanted: (c: Check) => boolean): string[] =>
    w.checks.filter(wanted).map((c) => `check_${c.claim.replaceAll('-', '_')}`)
  const written = new Set(n.assign.map((x) => x.to))
  const broken = new Set(
    e.flags.flatMap((f) => (f.kind === 'violate' && w.claims.has(f.claim) ? [f.claim] : [])),
  )
  return [
    guards.filter((g) => g !== '1').join(' && ') || 'true',
    // The initial state has no step before it.
    ...(isFirst ? look(() => true) : []),
    ...assignments(n.assign, w.names),
    ...look((c) => [...c.reads].some((v) => written.has(v))),
    ...[...broken].flatMap((c) => [`${brokenName(c)} = 1`, `assert(!${brokenName(c)})`]),
    ...(e.to < 0 ? [`${STOPPED} = 1`, `assert(!${STOPPED})`] : []),
  ]
}

/** A variable never leaves its domain; such a step is not made. */
function inDomain({ to, value }: Assignment, text: string): string[] {
  const values = valuesOf(value)
  if (values?.every((n) => n >= to.min && n <= to.max)) return []
  return [`${text} >= ${to.min}`, `${text} <= ${to.max}`]
}

/** All at once: right-hand sides that read what is assigned before them are read first. */
function assignments(assign: readonly Assignment[], names: Identifiers): string[] {
  const before = new Set<Variable>()
  const early: string[] = []
  const late: string[] = []
  for (const [i, { to, value }] of assign.entries()) {
    if (!names.changes(to)) continue
    const text = expression(value, names)
    const stale = [...variablesOf(value)].some((v) => before.has(v))
    if (stale) early.push(`t_${i} = ${text}`)
    late.push(`${names.variable(to)} = ${stale ? `t_${i}` : text}`)
    before.add(to)
  }
  return [...early, ...late]
}

const comment = (text: string): string => text.replaceAll('*/', '* /').replaceAll('/*', '/ *')

function typeOf(min: number, max: number): string {
  if (min < 0 || max > 255) return min < -32768 || max > 32767 ? 'int' : 'short'
  return 'byte'
}

const SIGNS = {
  eq: '==',
  ne: '!=',
  lt: '<',
  le: '<=',
  add: '+',
  sub: '-',
  and: '&&',
  or: '||',
} as const

function expression(e: Expr, names: Identifiers): string {
  const inner = (x: Expr): string => operand(x, names)
  switch (e.k) {
    case 'num':
      return String(e.n)
    case 'var':
      return names.variable(e.v)
    case 'not':
      return `!${inner(e.a)}`
    case 'if':
      return `(${inner(e.c)} -> ${inner(e.a)} : ${inner(e.b)})`
    case 'bin':
      return `${chained(e, 'a', names)} ${SIGNS[e.op]} ${chained(e, 'b', names)}`
    default:
      throw new Error(`expression ${e.k} was not closed before it was exported`)
  }
}

/** `a && b && c` needs no brackets of its own. */
function chained(e: Expr & { k: 'bin' }, side: 'a' | 'b', names: Identifiers): string {
  const x = e[side]
  const same = side === 'a' && x.k === 'bin' && x.op === e.op && e.op !== 'sub'
  return same && (e.op === 'and' || e.op === 'or' || e.op === 'add')
    ? expression(x, names)
    : operand(x, names)
}

const operand = (e: Expr, names: Identifiers): string =>
  e.k === 'bin' ? `(${expression(e, names)})` : expression(e, names)
