/**
 * Export to TLA+: one module, one action per task, op and answer, one invariant per claim. Truth is 1 and 0 in a world and
 * TRUE and FALSE in TLA+; expressions are written for the place in which they stand.
 *
 * Broken promises on transitions are properties of steps (`[][...]_vars`). That every task can still finish is no property of
 * single runs, so TLA+ has no word for it either.
 */
import { type ClaimId, type Expr, showExpr } from '@mmulab/model'
import type { Edge, Linked } from './automaton.ts'
import { type Identifiers, identifiers, originOf } from './identifiers.ts'
import { expressible } from './promela.ts'

export interface TlaOptions {
  /** All that TLA+ can express when nothing is said. */
  readonly claims?: readonly ClaimId[]
}

/** What the module itself is made of; the underscore of every other name keeps it apart from these. */
const MODULE = 'mmulab_world'

export function tla(linked: Linked, { claims = expressible(linked) }: TlaOptions = {}): string {
  const names = identifiers(linked, [MODULE, ...claims.flatMap((c) => [upper(c), stepsOf(c)])])
  const variables = linked.variables.map((v) => names.variable(v.variable))
  const actions = actionsOf(linked, names, variables)
  return `${[
    `-------------------------- MODULE ${MODULE} --------------------------`,
    ...says(linked.world.name),
    ...says('No deadlock check: worlds end (tlc -deadlock). In every step one task moves.'),
    'EXTENDS Integers',
    '',
    'VARIABLES',
    ...linked.variables.map(({ variable: v }) => `  ${names.variable(v)},  \\* ${line(v.name)}`),
    '  pc  \\* where each task is',
    '',
    `vars == <<${['pc', ...variables].join(', ')}>>`,
    '',
    'TypeOK ==',
    ...linked.variables.map(
      ({ variable: v, min, max }) => `  /\\ ${names.variable(v)} \\in ${min}..${max}`,
    ),
    ...(variables.length ? [] : ['  TRUE']),
    '',
    'Init ==',
    `  /\\ pc = [${linked.automata.map((a, t) => `${names.task(t)} |-> "${names.node(t, a.start)}"`).join(', ')}]`,
    ...linked.variables.map(({ variable: v }) => `  /\\ ${names.variable(v)} = ${v.init}`),
    ...actions.map((a) => a.text),
    '',
    ...linked.automata.flatMap((_, t) => {
      const own = actions.filter((a) => a.task === t)
      const body = own.length ? own.map((a) => `  \\/ ${a.name}`) : ['  FALSE']
      return [`Next_${names.task(t)} ==`, ...body, '']
    }),
    'Next ==',
    ...linked.automata.map((_, t) => `  \\/ Next_${names.task(t)}`),
    '',
    'Spec == Init /\\ [][Next]_vars',
    ...claims.flatMap((claim) => promise(linked, claim, names, actions)),
    '',
    '='.repeat(72),
  ].join('\n')}\n`
}

interface Action {
  readonly task: number
  readonly name: string
  readonly edge: Edge
  readonly text: string
}

const upper = (claim: ClaimId): string =>
  claim.replace(/(^|-)([a-z])/g, (_, _dash, letter: string) => letter.toUpperCase())
const stepsOf = (claim: ClaimId): string => `${upper(claim)}Steps`

/** After BUG nobody moves any more. */
const STOPPED = 'BUG'

function actionsOf(linked: Linked, names: Identifiers, variables: readonly string[]): Action[] {
  return linked.automata.flatMap((a, task) =>
    a.nodes.flatMap((n, i) =>
      n.edges.map((edge): Action => {
        const place = names.node(task, i)
        const name =
          n.edges.length > 1 ? `${place}_${String(edge.answer).replace('-', 'm')}` : place
        const assign = n.assign.filter((x) => names.changes(x.to))
        const written = assign.map((x) => names.variable(x.to))
        const same = variables.filter((v) => !written.includes(v))
        const to =
          edge.to < 0
            ? `[t \\in DOMAIN pc |-> "${STOPPED}"]`
            : `[pc EXCEPT !.${names.task(task)} = "${names.node(task, edge.to)}"]`
        const answers = n.kind === 'step' && n.edges.length > 1
        const conjuncts = [
          `pc.${names.task(task)} = "${place}"`,
          ...(n.guard.k === 'num' && n.guard.n !== 0 ? [] : [truth(n.guard, names)]),
          ...(answers ? [`${number(n.answer, names)} = ${edge.answer}`] : []),
          ...assign.map((x) => `${names.variable(x.to)}' = ${number(x.value, names)}`),
          ...assign.map((x) => `${names.variable(x.to)}' \\in ${x.to.min}..${x.to.max}`),
          `pc' = ${to}`,
          ...(same.length ? [`UNCHANGED <<${same.join(', ')}>>`] : []),
        ]
        const text = ['', ...says(originOf(n)), `${name} ==`, ...conjuncts.map((c) => `  /\\ ${c}`)]
        return { task, name, edge, text: text.join('\n') }
      }),
    ),
  )
}

function promise(
  linked: Linked,
  claim: ClaimId,
  names: Identifiers,
  actions: readonly Action[],
): string[] {
  const states = linked.invariants.filter((x) => x.claim === claim)
  const steps = actions.filter((a) =>
    a.edge.flags.some((f) => f.kind === 'violate' && f.claim === claim),
  )
  return [
    ...(states.length
      ? [
          '',
          ...says(`INVARIANT: ${claim}`),
          `${upper(claim)} ==`,
          ...states.flatMap((x) => [
            `  \\* or else: ${line(x.message)}`,
            `  /\\ ${truth(x.holds, names)}`,
          ]),
        ]
      : []),
    ...(steps.length
      ? [
          '',
          ...says(`PROPERTY: ${claim}, broken by a step`),
          `${stepsOf(claim)} == [][~(${steps.map((a) => a.name).join(' \\/ ')})]_vars`,
        ]
      : []),
  ]
}

const line = (text: string): string => text.replace(/\s+/g, ' ')
const says = (text: string): string[] => [`\\* ${line(text)}`]

const COMPARE = { eq: '=', ne: '#', lt: '<', le: '<=' } as const

/** As a formula. */
function truth(e: Expr, names: Identifiers): string {
  switch (e.k) {
    case 'num':
      return e.n === 0 ? 'FALSE' : 'TRUE'
    case 'not':
      return `~${truth(e.a, names)}`
    case 'if':
      return `(IF ${truth(e.c, names)} THEN ${truth(e.a, names)} ELSE ${truth(e.b, names)})`
    case 'bin':
      if (e.op === 'and') return `(${truth(e.a, names)} /\\ ${truth(e.b, names)})`
      if (e.op === 'or') return `(${truth(e.a, names)} \\/ ${truth(e.b, names)})`
      if (e.op === 'add' || e.op === 'sub') return `(${number(e, names)} # 0)`
      return `(${number(e.a, names)} ${COMPARE[e.op]} ${number(e.b, names)})`
    default:
      return `(${number(e, names)} # 0)`
  }
}

/** As a number. */
function number(e: Expr, names: Identifiers): string {
  switch (e.k) {
    case 'num':
      return e.n < 0 ? `(${e.n})` : String(e.n)
    case 'var':
      return names.variable(e.v)
    case 'if':
      return `(IF ${truth(e.c, names)} THEN ${number(e.a, names)} ELSE ${number(e.b, names)})`
    case 'bin':
      if (e.op === 'add') return `(${number(e.a, names)} + ${number(e.b, names)})`
      if (e.op === 'sub') return `(${number(e.a, names)} - ${number(e.b, names)})`
      return `(IF ${truth(e, names)} THEN 1 ELSE 0)`
    case 'not':
      return `(IF ${truth(e, names)} THEN 1 ELSE 0)`
    default:
      throw new Error(`${showExpr(e)} was not closed before it was exported`)
  }
}
