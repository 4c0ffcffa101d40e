/**
 * Export to Promela, so that SPIN can judge the same world. One proctype per task, one label per node, one transition per edge:
 * with reductions off (`spin -a -o1 -o2 -o3`, `gcc -DSAFETY -DNOREDUCE`) SPIN stores exactly the states and takes exactly the
 * transitions that the search does.
 *
 * Without a claim the text has no property at all, for counting. With one, its invariants become a never claim and its
 * broken promises on transitions become assertions; SPIN then reports an error exactly when the claim is violated.
 */
import type { ClaimId, Expr, Variable } from '@mmulab/model'
import type { Automaton, Edge, Linked, Node } from './automaton.ts'

export interface PromelaOptions {
  readonly claim?: ClaimId
}

export function promela(linked: Linked, options: PromelaOptions = {}): string {
  const names = namesOf(linked)
  const write = (e: Expr): string => expression(e, names)
  const declarations = linked.variables.map(
    ({ variable: v, min, max }) =>
      `${typeOf(min, max)} ${names.get(v)} = ${v.init}; /* ${comment(v.name)} */`,
  )
  const widest = Math.max(0, ...linked.automata.flatMap((a) => a.nodes.map((n) => n.assign.length)))
  // Right-hand sides are read before anything is assigned; hidden variables are not part of the state.
  const scratch = Array.from({ length: widest }, (_, i) => `hidden int t${i};`)
  const flagged = (edge: Edge): boolean =>
    edge.flags.some((f) => f.kind === 'violate' && f.claim === options.claim)
  const tasks = linked.automata.map((a, i) => proctype(a, i, write, names, flagged))
  const broken = linked.invariants
    .filter((x) => x.claim === options.claim)
    .map((x) => `!(${write(x.holds)})`)
  const never =
    broken.length === 0
      ? []
      : [
          'never {',
          'do',
          `:: ${broken.map((b) => `(${b})`).join(' || ')} -> break`,
          ':: else',
          'od }',
        ]
  return `${[
    `/* ${comment(linked.world.name)} */`,
    ...declarations,
    ...scratch,
    ...tasks,
    ...never,
  ].join('\n')}\n`
}

function proctype(
  a: Automaton,
  index: number,
  write: (e: Expr) => string,
  names: ReadonlyMap<Variable, string>,
  flagged: (e: Edge) => boolean,
): string {
  const label = (i: number): string =>
    a.daemon || a.nodes[i]?.kind === 'end' ? `end_${index}_${i}` : `L_${index}_${i}`
  const option = (n: Node, e: Edge): string => {
    const guards = [write(n.guard)]
    if (n.kind === 'step' && n.edges.length > 1) guards.push(`(${write(n.answer)} == ${e.answer})`)
    for (const x of n.assign)
      guards.push(`(${write(x.value)} >= ${x.to.min} && ${write(x.value)} <= ${x.to.max})`)
    const body = [
      guards.filter((g) => g !== '1').join(' && ') || 'true',
      ...n.assign.map((x, i) => `t${i} = ${write(x.value)}`),
      ...n.assign.map((x, i) => `${names.get(x.to)} = t${i}`),
      ...(flagged(e) || e.to < 0 ? ['assert(false)'] : []),
    ]
    return `:: d_step { ${body.join('; ')} } -> goto ${label(Math.max(e.to, 0))}`
  }
  const nodes = a.nodes.map((n, i) => {
    const head = `${label(i)}: /* ${comment(n.label)} */`
    if (n.edges.length === 0) return `${head}\n  if\n  :: false -> goto ${label(i)}\n  fi;`
    return `${head}\n  if\n${n.edges.map((e) => `  ${option(n, e)}`).join('\n')}\n  fi;`
  })
  return `active proctype task${index}() /* ${comment(a.name)} */\n{\n${nodes.join('\n')}\n}`
}

/** Readable names that Promela accepts: kvm.mmu_notifier_count becomes kvm_mmu_notifier_count. */
function namesOf(linked: Linked): Map<Variable, string> {
  const taken = new Set<string>()
  const names = new Map<Variable, string>()
  for (const { variable } of linked.variables) {
    const stem = `v_${variable.name.replace(/[^A-Za-z0-9]+/g, '_')}`
    let name = stem
    for (let n = 2; taken.has(name); n++) name = `${stem}_${n}`
    taken.add(name)
    names.set(variable, name)
  }
  return names
}

const comment = (text: string): string => text.replaceAll('*/', '* /').replaceAll('/*', '/ *')

function typeOf(min: number, max: number): string {
  if (min < 0) return 'short'
  return max < 256 ? 'byte' : 'int'
}

function expression(e: Expr, names: ReadonlyMap<Variable, string>): string {
  const write = (x: Expr): string => expression(x, names)
  switch (e.k) {
    case 'num':
      return String(e.n)
    case 'var':
      return names.get(e.v) ?? String(e.v.init)
    case 'not':
      return `!(${write(e.a)})`
    case 'if':
      return `((${write(e.c)}) -> (${write(e.a)}) : (${write(e.b)}))`
    case 'bin': {
      const sign = {
        eq: '==',
        ne: '!=',
        lt: '<',
        le: '<=',
        add: '+',
        sub: '-',
        and: '&&',
        or: '||',
      }
      return `((${write(e.a)}) ${sign[e.op]} (${write(e.b)}))`
    }
    default:
      throw new Error(`expression ${e.k} was not closed before it was exported`)
  }
}
