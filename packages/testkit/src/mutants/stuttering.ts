/**
 * Stuttering equivalence of states (branching bisimulation of what they show): two states are in one block if they show the same, and
 * whatever the one can come to show next, the other can too, after steps that show nothing. Every reachable promise about what is
 * shown is then kept by both or by neither: that something never holds, and that something stays possible. It does not see whether
 * somebody may go round for ever without showing anything, which no rule of the kit asks.
 */

export interface Shown {
  readonly states: number
  /** `first[s]` to `first[s + 1]`: the moves of state `s`. */
  readonly first: ArrayLike<number>
  readonly target: ArrayLike<number>
  /** States that show the same have the same number. */
  readonly shows: ArrayLike<number>
}

/** Whether two states can always show the same; refined until they are told apart or nothing more is. */
export function stutteringAlike(graph: Shown, a: number, b: number): boolean {
  let blocks = Int32Array.from({ length: graph.states }, (_, s) => graph.shows[s] ?? 0)
  for (let known = new Set(blocks).size; ; ) {
    if (blocks[a] !== blocks[b]) return false
    const next = refine(graph, blocks)
    if (next.count === known) return true
    blocks = next.blocks
    known = next.count
  }
}

/** Splits every block by which others its states can come to first, through steps inside of it. */
function refine(graph: Shown, blocks: Int32Array<ArrayBuffer>) {
  const { states } = graph
  const signature = new Int32Array(states)
  const sets = new Map<string, number>()
  const contents: number[][] = []
  const intern = (set: Set<number>): number => {
    const sorted = [...set].sort((x, y) => x - y)
    const key = sorted.join()
    const id = sets.get(key) ?? contents.length
    if (id === contents.length) {
      sets.set(key, id)
      contents.push(sorted)
    }
    return id
  }
  forEachComponent(graph, blocks, (members) => {
    const set = new Set<number>()
    const inside = new Set(members)
    for (const s of members)
      for (let e = graph.first[s] ?? 0; e < (graph.first[s + 1] ?? 0); e++) {
        const t = graph.target[e] ?? 0
        if (blocks[t] !== blocks[s]) set.add(blocks[t] ?? 0)
        else if (!inside.has(t)) for (const x of contents[signature[t] ?? 0] ?? []) set.add(x)
      }
    const id = intern(set)
    for (const s of members) signature[s] = id
  })
  const numbers = new Map<number, number>()
  const made = new Int32Array(states)
  const width = contents.length
  for (let s = 0; s < states; s++) {
    const key = (blocks[s] ?? 0) * width + (signature[s] ?? 0)
    const known = numbers.get(key) ?? numbers.size
    if (known === numbers.size) numbers.set(key, known)
    made[s] = known
  }
  return { blocks: made, count: numbers.size }
}

/** Strongly connected components of the steps inside blocks, those that others lead to first (Tarjan, without recursion). */
function forEachComponent(
  { states, first, target }: Shown,
  blocks: ArrayLike<number>,
  visit: (members: readonly number[]) => void,
): void {
  const order = new Int32Array(states).fill(-1)
  const low = new Int32Array(states)
  const onStack = new Uint8Array(states)
  const edge = new Int32Array(states)
  const stack: number[] = []
  const path: number[] = []
  let count = 0
  const enter = (s: number): void => {
    order[s] = low[s] = count++
    onStack[s] = 1
    edge[s] = first[s] ?? 0
    stack.push(s)
    path.push(s)
  }
  for (let root = 0; root < states; root++) {
    if (order[root] !== -1) continue
    enter(root)
    for (let s = path.at(-1); s !== undefined; s = path.at(-1)) {
      const e = edge[s] ?? 0
      if (e < (first[s + 1] ?? 0)) {
        edge[s] = e + 1
        const t = target[e] ?? 0
        if (blocks[t] !== blocks[s]) continue
        if (order[t] === -1) enter(t)
        else if (onStack[t]) low[s] = Math.min(low[s] ?? 0, order[t] ?? 0)
        continue
      }
      path.pop()
      const parent = path.at(-1)
      if (parent !== undefined) low[parent] = Math.min(low[parent] ?? 0, low[s] ?? 0)
      if (low[s] !== order[s]) continue
      const members = stack.splice(stack.lastIndexOf(s))
      for (const m of members) onStack[m] = 0
      visit(members)
    }
  }
}
