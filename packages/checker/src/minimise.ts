/**
 * Partition refinement (Moore): two places of a task are one when they do the same op and every answer leads to places that
 * are one. Labels and stacks do not count: the story of a schedule is told by running the procedures themselves.
 */
import type { Automaton, Node } from './automaton.ts'
import { reachable } from './fold.ts'
import type { Keys } from './keys.ts'

export function minimise(a: Automaton, keys: Keys): Automaton {
  const number = new Map<string, number>()
  const classOf = (key: string): number => {
    let n = number.get(key)
    if (n === undefined) {
      n = number.size
      number.set(key, n)
    }
    return n
  }
  let classes = a.nodes.map((n) => classOf(signature(n, keys)))
  for (let count = number.size; ; count = number.size) {
    number.clear()
    classes = a.nodes.map((n, i) => {
      const edges = n.edges.map((e) => `${e.answer}>${e.to < 0 ? -1 : classes[e.to]}`)
      return classOf(`${classes[i]}|${edges.join()}`)
    })
    if (number.size === count) break
  }
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

function signature(n: Node, keys: Keys): string {
  const assign = n.assign.map((x) => `${keys.identity(x.to)}=${keys.expr(x.value)}`).sort()
  const waits = n.waits ? `${n.waits.on}:${n.waits.holder ? keys.expr(n.waits.holder) : ''}` : ''
  const edges = n.edges.map((e) => `${e.answer}${e.to < 0 ? '!' : ''}${JSON.stringify(e.flags)}`)
  return [
    n.kind,
    keys.expr(n.guard),
    assign.join(';'),
    keys.expr(n.answer),
    waits,
    n.out ? keys.value(n.out) : '',
    edges.join(),
  ].join('|')
}
