import type { Search } from '../src/search.ts'

/** All states, in one piece. */
export function packed(search: Search): Int32Array {
  const all = new Int32Array(search.states * search.layout.words)
  let filled = 0
  for (const piece of search.save().packed) {
    all.set(piece, filled)
    filled += piece.length
  }
  return all
}

/** All that a search knows, in the order in which it found it. */
export function known(search: Search): object {
  const { linked, states } = search
  const wasReached = search.reached()
  return {
    counts: [states, search.expanded, search.transitions, search.depth, search.stopped],
    levels: search.levels,
    states: packed(search),
    findings: search.findings.all(),
    happened: [...search.marks, ...search.sometimes, ...[...search.exceeded].map((v) => v.name)],
    measures: linked.measures.map((_, i) => search.measured(i)),
    reached: linked.automata.map((a, t) => a.nodes.map((_, n) => wasReached(t, n))),
  }
}
