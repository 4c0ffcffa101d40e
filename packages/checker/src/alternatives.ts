/** The alternatives of all choices of all tasks, numbered: what fairness to choices counts. */
import { at, lowMask } from './layout.ts'
import type { Search } from './search.ts'

/** Who stands for a task of a state; equal tasks have equal choices. */
type As = (task: number, state: number) => number

export interface Choices {
  /** Alternatives of all choices of all tasks. */
  readonly count: number
  /** The first alternative of the choice at which a task stands in a state; undefined where it stands at no choice. */
  first(state: number, task: number, as?: As): number | undefined
  /** Those of all choices at which tasks stand in a state. */
  open(state: number, f: (alternative: number) => void, as?: As): void
  /** Of the choice that begins with `first`, the nth alternative that leads to a state. */
  live(first: number, nth: number): number | undefined
}

/** A choice of one alternative is none. */
export function choicesOf(search: Search): Choices {
  const { layout } = search
  const { automata } = search.linked
  let count = 0
  /** Per alternative: of the choice that begins there, the first that leads to a state; after it the second, and so on; -1 where there are no more. */
  const leading: number[] = []
  const sizes = new Map<number, number>()
  const starts = automata.map((a) =>
    a.nodes.map((n): number => {
      if (n.kind !== 'choose' || n.edges.length < 2) return -1
      const begin = count
      count += n.edges.length
      sizes.set(begin, n.edges.length)
      const live = n.edges.flatMap((e, i) => (e.to >= 0 ? [begin + i] : []))
      leading.push(...live, ...Array<number>(n.edges.length - live.length).fill(-1))
      return begin
    }),
  )
  const fields = layout.pcs.map((f, t) => ({ ...f, start: at(starts, t), low: lowMask(f) }))
  const first: Choices['first'] = (state, task, as) => {
    const { word, shift, low, start } = at(fields, task)
    const pc = ((search.statesWith(state)[search.placeOf(state) + word] as number) >>> shift) & low
    if ((start[pc] as number) < 0) return undefined
    return as ? (at(starts, as(task, state))[pc] as number) : (start[pc] as number)
  }
  return {
    count,
    first,
    open(state, f, as) {
      for (let t = 0; t < fields.length; t++) {
        const begin = first(state, t, as)
        if (begin === undefined) continue
        const end = begin + (sizes.get(begin) ?? 0)
        for (let a = begin; a < end; a++) f(a)
      }
    },
    live(begin, nth) {
      const a = leading[begin + nth]
      return a === undefined || a < 0 ? undefined : a
    },
  }
}
