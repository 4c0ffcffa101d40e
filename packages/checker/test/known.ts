import type { Search } from '../src/search.ts'

/** All that a search knows, in the order in which it found it. */
export function known(search: Search): object {
  const { linked, states, layout } = search
  return {
    counts: [states, search.expanded, search.transitions, search.depth, search.stopped],
    levels: search.levels,
    states: search.packed.slice(0, states * layout.words),
    findings: search.findings.all(),
    happened: [...search.marks, ...search.sometimes, ...[...search.exceeded].map((v) => v.name)],
    measures: linked.measures.map((_, i) => search.measured(i)),
    reached: linked.automata.map((a, t) => a.nodes.map((_, n) => search.wasReached(t, n))),
  }
}
