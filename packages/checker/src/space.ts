/** All reachable states of a world with the moves between them, for whoever compares worlds state by state. */
import type { ClaimId, Variable } from '@mmulab/model'
import type { Linked } from './automaton.ts'
import { buildGraph, type Graph } from './graph.ts'
import { at, layOut } from './layout.ts'
import { nodeAt } from './node-plan.ts'
import type { Move } from './result.ts'
import { moveOf, nthEdge } from './schedule.ts'
import { createSearch } from './search.ts'
import { complete } from './work.ts'

export interface Space extends Pick<Graph, 'states' | 'first' | 'target' | 'open'> {
  /** Reads the variables of a state; one that no op changes has its initial value. */
  reader(state: number): (v: Variable) => number
  /** Who goes from a state on the move of that number, as `first` counts them. */
  move(state: number, edge: number): Move
  /** What is broken by a move that can be made now, as opposed to a state. */
  raises(state: number): readonly Raised[]
  /** Whether a task has come to its end. */
  hasEnded(state: number, task: number): boolean
}

interface Raised {
  readonly claim: ClaimId
  readonly message: string
}

/** Undefined where there are more states than `maxStates`, or where a variable leaves its domain: then it is not all. */
export function spaceOf(linked: Linked, maxStates: number): Space | undefined {
  const search = createSearch(linked, layOut(linked), { maxStates })
  while (!search.done) search.run(Number.MAX_SAFE_INTEGER)
  if (search.stopped !== undefined || search.exceeded.size > 0) return undefined
  const { states, first, target, open } = complete(buildGraph(search, search.states))
  return {
    states,
    first,
    target,
    open,
    reader: search.reader,
    move: (state, edge) =>
      moveOf(search, state, nthEdge(search, state, edge - (first[state] ?? 0))),
    raises(state) {
      const { layout, sites, batch } = search
      const stride = layout.words + 1
      search.again(state, state + 1, () => {})
      return Array.from({ length: (first[state + 1] ?? 0) - (first[state] ?? 0) }, (_, k) =>
        at(sites, at(batch.succ, k * stride + stride - 1)),
      ).flatMap(({ task, node, edge }) => {
        const { flags = [] } = at(nodeAt(at(linked.automata, task), node).edges, edge)
        return flags.flatMap((f) => (f.kind === 'violate' ? [f] : []))
      })
    },
    hasEnded(state, task) {
      const automaton = linked.automata[task]
      return automaton !== undefined && nodeAt(automaton, search.nodeAt(state, task)).kind === 'end'
    },
  }
}
