/**
 * Partition refinement (Moore): two places of a task are one when they do the same op and every answer leads to places that
 * are one. Labels and stacks do not count: the story of a schedule is told by running the procedures themselves.
 */
import type { Automaton, Flag, Node } from './automaton.ts'
import { reachable } from './fold.ts'
import type { Keys } from './keys.ts'

export function minimise(a: Automaton, keys: Keys): Automaton {
  const classes = coarsest(a, signaturesOf(a, keys))
  const representative = new Map<number, number>()
  for (const [i, c] of classes.entries()) if (!representative.has(c)) representative.set(c, i)
  const merged = a.nodes.map((n): Node => {
    const edges = n.edges.map((e) => ({
      ...e,
      to: e.to < 0 ? -1 : (representative.get(classes[e.to] ?? -1) ?? e.to),
    }))
    return { ...n, edges }
  })
  const start = representative.get(classes[a.start] ?? -1) ?? a.start
  return reachable({ ...a, nodes: merged, start })
}

/**
 * The coarsest partition in which a class has one signature and its answers lead to one class each. Only those are looked at
 * again whose successors have changed their class: a number that was given just now is no number of a class from before, so
 * none of them can be like those of their class whose successors stayed.
 */
function coarsest(a: Automaton, signatures: readonly number[]): readonly number[] {
  const classes = [...signatures]
  let count = Math.max(-1, ...new Set(signatures)) + 1
  const members = Array.from({ length: count }, () => 0)
  for (const c of classes) members[c] = (members[c] ?? 0) + 1
  const before: number[][] = a.nodes.map(() => [])
  a.nodes.forEach((n, i) => {
    for (const e of n.edges) if (e.to >= 0) before[e.to]?.push(i)
  })
  for (let look = [...a.nodes.keys()]; look.length > 0; ) {
    const groups = new Map<string, number[]>()
    for (const i of look) {
      const edges = a.nodes[i]?.edges.map((e) => (e.to < 0 ? -1 : classes[e.to]))
      const key = `${classes[i]}|${edges?.join()}`
      const group = groups.get(key)
      if (group) group.push(i)
      else groups.set(key, [i])
    }
    const moved: number[] = []
    for (const group of groups.values()) {
      const old = classes[group[0] as number] as number
      // The last of a class keep its number.
      if (members[old] === group.length) continue
      members[old] = (members[old] as number) - group.length
      members[count] = group.length
      for (const i of group) classes[i] = count
      count++
      moved.push(...group)
    }
    look = [...new Set(moved.flatMap((i) => before[i] as number[]))]
  }
  return classes
}

/** A number for each node: what it does, and what its answers are. */
function signaturesOf(a: Automaton, keys: Keys): readonly number[] {
  const assigns = new Map<Node['assign'], string>()
  const assignKey = (assign: Node['assign']): string => {
    let key = assigns.get(assign)
    if (key === undefined) {
      key = keys.writes(assign).sort().join(';')
      assigns.set(assign, key)
    }
    return key
  }
  const numbers = new Map<string, number>()
  return a.nodes.map((n) => {
    const waits = n.waits ? `${n.waits.on}:${n.waits.holder ? keys.expr(n.waits.holder) : ''}` : ''
    const edges = n.edges.map((e) => `${e.answer}${e.to < 0 ? '!' : ''}${flagsKey(e.flags)}`)
    const key = [
      n.kind,
      keys.expr(n.guard),
      assignKey(n.assign),
      keys.expr(n.answer),
      waits,
      n.out ? keys.value(n.out) : '',
      edges.join(),
    ].join('|')
    const number = numbers.get(key) ?? numbers.size
    numbers.set(key, number)
    return number
  })
}

const flagsKey = (flags: readonly Flag[]): string =>
  flags.length === 0 ? '[]' : JSON.stringify(flags)
