/** The graph of lock classes: what was taken while what was held, and in which contexts. */
import { contextWords, type Linked, type LockDependency, lockGraph } from '@mmulab/checker'
import { count, indent, wrap } from './text.ts'

export function locksText(linked: Pick<Linked, 'lockOrder'>, width: number): string[] {
  const graph = lockGraph(linked.lockOrder)
  return [
    `Lock order: ${count(graph.length, 'dependency', 'dependencies')}`,
    ...graph.flatMap((d) => [
      ...indent([`${d.held} -> ${d.taken}`], 2),
      ...d.seen.flatMap((e) => indent(wrap(`${contextWords(e)}${placeWords(e)}`, width - 6, 2), 4)),
    ]),
  ]
}

/** Where it is taken: the source of the procedure, and whether a notifier callback is running. */
function placeWords({ source, stack, callback }: LockDependency['seen'][number]): string {
  const where = source || stack.at(-1)
  return `${callback ? ', in a notifier callback' : ''}${where ? ` [${where}]` : ''}`
}

export interface LockDependencyJson {
  readonly held: string
  readonly taken: string
  readonly seen: readonly {
    readonly task: string
    /** Names of the locks, and how each is held. */
    readonly held: string
    readonly heldMode: string
    readonly taken: string
    readonly takenMode: string
    readonly callback: boolean
    /** Outermost first; empty where lockdep was told beforehand. */
    readonly stack: readonly string[]
    readonly source: string
  }[]
}

export const locksJson = (linked: Pick<Linked, 'lockOrder'>): LockDependencyJson[] =>
  lockGraph(linked.lockOrder).map(({ held, taken, seen }) => ({
    held,
    taken,
    seen: seen.map((e) => ({ ...e, held: e.held.name, taken: e.taken.name })),
  }))
