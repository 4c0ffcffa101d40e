/**
 * Partition refinement (Moore): two places of a task are one when they do the same op and every answer leads to places that
 * are one. Labels and stacks do not count: the story of a schedule is told by running the procedures themselves.
 */
import type { Expr } from '@mmulab/model'
import type { Automaton, Node } from './automaton.ts'
import { reachable } from './fold.ts'
import type { Keys } from './keys.ts'
import { once } from './once.ts'

export function minimise(a: Automaton, keys: Keys): Automaton {
  const classes = coarsest(a, signaturesOf(a, keys))
  const first = new Map<number, number>()
  for (let i = 0; i < classes.length; i++) {
    const c = classes[i] as number
    if (!first.has(c)) first.set(c, i)
  }
  return reachable(a, (to) => first.get(classes[to] as number) as number)
}

/**
 * The coarsest partition in which a class has one signature and its answers lead to one class each. Only those are looked at
 * again whose successors have changed their class: a number that was given just now is no number of a class from before, so
 * none of them can be like those of their class whose successors stayed.
 */
function coarsest(a: Automaton, signatures: Int32Array): Int32Array {
  const size = a.nodes.length
  const dense = new Map([...new Set(signatures)].map((c, i) => [c, i]))
  const classes = signatures.map((c) => dense.get(c) as number)
  let count = dense.size
  const members = new Int32Array(size)
  for (const c of classes) members[c] = (members[c] as number) + 1
  const after = successors(a)
  const before = predecessors(after, size)
  const asked = new Uint8Array(size)
  const groupsOf = createGrouping(classes, after)
  for (let look = Int32Array.from(classes.keys()); look.length > 0; ) {
    const moved: number[] = []
    for (const group of groupsOf(look)) {
      const old = classes[group[0] as number] as number
      // The last of a class keep its number.
      if (members[old] === group.length) continue
      members[old] = (members[old] as number) - group.length
      members[count] = group.length
      for (const i of group) {
        classes[i] = count
        moved.push(i)
      }
      count++
    }
    const next: number[] = []
    for (const i of moved)
      for (let e = before.first[i] as number; e < (before.first[i + 1] as number); e++) {
        const from = before.of[e] as number
        if (asked[from] === 1) continue
        asked[from] = 1
        next.push(from)
      }
    for (const i of next) asked[i] = 0
    look = Int32Array.from(next)
  }
  return classes
}

/** Lists of numbers, one for each node, in one array. */
interface Lists {
  /** Where the list of a node begins; that of the next one begins where it ends. */
  readonly first: Int32Array
  readonly of: Int32Array
}

/** Where the answers of each node lead; -1 where the kernel stops. */
function successors({ nodes }: Automaton): Lists {
  const first = new Int32Array(nodes.length + 1)
  nodes.forEach((n, i) => {
    first[i + 1] = (first[i] as number) + n.edges.length
  })
  const of = new Int32Array(first[nodes.length] as number)
  nodes.forEach((n, i) => {
    n.edges.forEach((e, k) => {
      of[(first[i] as number) + k] = e.to
    })
  })
  return { first, of }
}

function predecessors(after: Lists, size: number): Lists {
  const first = new Int32Array(size + 1)
  for (const to of after.of) if (to >= 0) first[to + 1] = (first[to + 1] as number) + 1
  for (let i = 0; i < size; i++) first[i + 1] = (first[i + 1] as number) + (first[i] as number)
  const of = new Int32Array(first[size] as number)
  const filled = first.slice()
  for (let i = 0; i < size; i++)
    for (let e = after.first[i] as number; e < (after.first[i + 1] as number); e++) {
      const to = after.of[e] as number
      if (to < 0) continue
      of[filled[to] as number] = i
      filled[to] = (filled[to] as number) + 1
    }
  return { first, of }
}

/** Puts together nodes of one class whose answers lead to the same classes. */
function createGrouping(
  classes: Int32Array,
  { first, of }: Lists,
): (look: Int32Array) => number[][] {
  const classOf = (to: number): number => (to < 0 ? -1 : (classes[to] as number))
  const hash = (i: number): number => {
    let h = classes[i] as number
    for (let e = first[i] as number; e < (first[i + 1] as number); e++)
      h = Math.imul(h, 0x9e3779b1) ^ classOf(of[e] as number)
    return Math.imul(h, 0x85ebca6b) >>> 7
  }
  /** Nodes of one class have equally many answers. */
  const alike = (i: number, j: number): boolean => {
    if (classes[i] !== classes[j]) return false
    const [begin, other] = [first[i] as number, first[j] as number]
    for (let e = (first[i + 1] as number) - begin - 1; e >= 0; e--)
      if (classOf(of[begin + e] as number) !== classOf(of[other + e] as number)) return false
    return true
  }
  return (look) => {
    const groups: number[][] = []
    const mask = 2 ** Math.ceil(Math.log2(look.length * 2 + 1)) - 1
    /** Numbers of groups, from 1. */
    const table = new Int32Array(mask + 1)
    for (const i of look)
      for (let slot = hash(i) & mask; ; slot = (slot + 1) & mask) {
        const group = groups[(table[slot] as number) - 1]
        if (group === undefined) {
          table[slot] = groups.push([i])
          break
        }
        if (alike(group[0] as number, i)) {
          group.push(i)
          break
        }
      }
    return groups
  }
}

/** A number for each node: what it does, and what its answers are. */
function signaturesOf(a: Automaton, keys: Keys): Int32Array {
  const numbers = new Map<string, number>()
  const numberOf = (key: string): number => {
    let number = numbers.get(key)
    if (number === undefined) {
      number = numbers.size
      numbers.set(key, number)
    }
    return number
  }
  // The same objects are in many nodes, so their long keys are looked up once.
  const exprOf = once((e: Expr) => numberOf(keys.expr(e)))
  const assignOf = once((assign: Node['assign']) => {
    const each = assign.map((x) => `${keys.identity(x.to)}=${keys.expr(x.value)}`)
    return numberOf(`assign ${each.sort().join(';')}`)
  })
  const waitsOf = once(({ on, holder }: NonNullable<Node['waits']>) =>
    numberOf(`waits ${on}:${holder ? keys.expr(holder) : ''}`),
  )
  const outOf = once((out: NonNullable<Node['out']>) => numberOf(`out ${keys.value(out)}`))
  return Int32Array.from(a.nodes, (n) => {
    let edges = ''
    for (const e of n.edges)
      edges += `,${e.answer}${e.to < 0 ? '!' : ''}${e.flags.length > 0 ? JSON.stringify(e.flags) : ''}`
    const waits = n.waits ? waitsOf(n.waits) : ''
    const out = n.out ? outOf(n.out) : ''
    const does = `${exprOf(n.guard)}|${assignOf(n.assign)}|${exprOf(n.answer)}`
    return numberOf(`${n.kind}|${does}|${waits}|${out}|${edges}`)
  })
}
