/**
 * Who waits for whom. A task that waits for a lock waits for those whom the step's `holder` expression names. A task that
 * waits for an event waits for everybody else who can still bring it about: whoever can get, in the automaton, from where it is to
 * an op that can make the guard true. What a task would do itself after waiting is no reason to wait for itself.
 */
import { closeExpr, closeOther, type Variable } from '@mmulab/model'
import type { LinkedVariable, Node } from './automaton.ts'
import { truthCode } from './expression-code.ts'
import { at } from './layout.ts'
import { nodeAt } from './node-code.ts'
import type { Search } from './search.ts'
import { canWake } from './wake.ts'

export interface Waiting {
  readonly on: string
  /** Tasks, as bits. */
  readonly waitsFor: number
  /** They hold something; otherwise they could bring about an event. */
  readonly held: boolean
}

export interface WaitGraph {
  /** For a task that is blocked in a state. */
  waiting(state: number, task: number): Waiting
}

type MaskOf = (states: Int32Array, offset: number) => number

export function createWaitGraph(search: Search): WaitGraph {
  const { linked, layout } = search
  const { automata } = linked
  const tasks = automata.length
  const holders = new Map<Node, MaskOf>()
  const bringers = new Map<Node, readonly Uint8Array[]>()
  const ranges = new Map(linked.variables.map((v) => [v.variable, v]))

  const holderMask = (node: Node, task: number): MaskOf | undefined => {
    const holder = node.waits?.holder
    if (!holder) return undefined
    let mask = holders.get(node)
    if (!mask) {
      const bits = automata.map((_, j) => {
        const closed = closeExpr(closeOther(holder, j), task, tasks)
        return `(${truthCode(closed, layout)}?${1 << j}:0)`
      })
      const words = Array.from({ length: layout.words }, (_, i) => `s${i}=w[o+${i}]`).join()
      mask = new Function('w', 'o', `const ${words};return ${bits.join('|')}`) as MaskOf
      holders.set(node, mask)
    }
    return mask
  }

  const bringersOf = (node: Node): readonly Uint8Array[] => {
    let tables = bringers.get(node)
    if (!tables) {
      tables = automata.map((a) => canWakeLater(a.nodes, node, ranges))
      bringers.set(node, tables)
    }
    return tables
  }

  return {
    waiting(state, task) {
      const node = nodeAt(at(automata, task), search.nodeAt(state, task))
      const on = node.waits?.on ?? node.label
      const mask = holderMask(node, task)
      if (mask) return { on, waitsFor: mask(search.packed, state * layout.words), held: true }
      let others = 0
      bringersOf(node).forEach((table, j) => {
        others |= at(table, search.nodeAt(state, j)) << j
      })
      return { on, waitsFor: others & ~(1 << task), held: false }
    },
  }
}

/** Per node, 1 when an op that can wake the waiter can follow, by this task and the edges alone. */
function canWakeLater(
  nodes: readonly Node[],
  waiter: Node,
  ranges: ReadonlyMap<Variable, LinkedVariable>,
): Uint8Array {
  const can = Uint8Array.from(nodes, (n) => (canWake(n, waiter, ranges) ? 1 : 0))
  for (let changed = true; changed; ) {
    changed = false
    for (const [i, n] of nodes.entries())
      if (can[i] === 0 && n.edges.some((e) => e.to >= 0 && can[e.to] === 1)) {
        can[i] = 1
        changed = true
      }
  }
  return can
}

/** The tasks of a set of bits, in order. */
export function tasksOf(mask: number): number[] {
  const list: number[] = []
  for (let rest = mask; rest !== 0; rest &= rest - 1) list.push(31 - Math.clz32(rest & -rest))
  return list
}
