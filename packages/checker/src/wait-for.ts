/**
 * Who waits for whom. A task that waits for a lock waits for those whom the step's `holder` expression names. A task that
 * waits for an event waits for everybody else who can still bring it about: whoever can get, in the automaton, from where it is to
 * an op that can make the guard true. What a task would do itself after waiting is no reason to wait for itself.
 */
import { closeExpr, closeOther, type Variable } from '@mmulab/model'
import type { LinkedVariable, Node } from './automaton.ts'
import { truthCode } from './expression-code.ts'
import { at } from './layout.ts'
import { nodeAt } from './node-plan.ts'
import type { Search } from './search.ts'
import { pcCode } from './task-code.ts'
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
  /** Its `waitsFor` alone. */
  mask(state: number, task: number): number
}

/** Made for one node of one task, of packed states and the place of a state in them. */
type MaskOf = (states: Int32Array, offset: number) => number

export function createWaitGraph(search: Search): WaitGraph {
  const { linked, whole, layout } = search
  const { automata } = linked
  const masks = automata.map(() => new Map<number, MaskOf>())
  const ranges = new Map(linked.variables.map((v) => [v.variable, v]))
  const words = Array.from({ length: layout.words }, (_, i) => `s${i}=w[o+${i}]`).join()

  /** The code is asked of every state in which a task is stuck, which can be millions. */
  const make = (task: number, node: Node): MaskOf => {
    const holder = node.waits?.holder
    const tables = holder ? [] : whole.automata.map((a) => canWakeLater(a.nodes, node, ranges))
    const bits = automata.map((_, j) => {
      if (holder) {
        const closed = closeExpr(closeOther(holder, j), task, automata.length)
        return `(${truthCode(closed, layout)}?${1 << j}:0)`
      }
      // What a task would do itself after waiting is no reason to wait for itself.
      return j === task ? '0' : `(tables[${j}][${pcCode(layout, j)}]<<${j})`
    })
    const code = `return (w,o)=>{const ${words};return ${bits.join('|')}}`
    return new Function('tables', code)(tables) as MaskOf
  }

  const mask = (state: number, task: number): number => {
    const known = masks[task] as Map<number, MaskOf>
    const node = search.nodeAt(state, task)
    let f = known.get(node)
    if (!f) {
      f = make(task, nodeAt(at(automata, task), node))
      known.set(node, f)
    }
    return f(search.statesWith(state), search.placeOf(state))
  }

  return {
    mask,
    waiting(state, task) {
      const node = nodeAt(at(automata, task), search.nodeAt(state, task))
      const held = node.waits?.holder !== undefined
      return { on: node.waits?.on ?? node.label, waitsFor: mask(state, task), held }
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
