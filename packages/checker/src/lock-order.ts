/**
 * Lock order: a ring in the graph "taken while held" of lock classes, over all paths of all tasks, is reported even when no
 * run within the bounds could deadlock on it; in the way lockdep does it (kernel/locking/lockdep.c:check_noncircular).
 *
 * A reader of an rwsem counts like a writer: another task's waiting writer may stand between two readers. A reader of an rwlock
 * gets past a waiting writer, so a ring does not close where one class is only read when it is taken and only read while it
 * is held (lockdep's strong dependency paths, 5.10+).
 */
import type { LockEdge } from './automaton.ts'
import type { ClaimResult } from './result.ts'

/** The verdict on lock order, or undefined when there is no ring. */
export function lockOrder(edges: readonly LockEdge[]): ClaimResult | undefined {
  const ring = shortestRing(edges)
  if (!ring) return undefined
  const recursive = ring.length === 1
  const kind = recursive ? 'possible recursive locking' : 'possible circular locking dependency'
  const classes = [...ring.map((e) => e.held.cls), ring[0]?.held.cls ?? '']
  return {
    verdict: 'violated',
    message: `${kind}: ${classes.map(className).join(' -> ')}`,
    cycle: recursive ? recursiveReport(ring) : circularReport(ring),
  }
}

/** A class as lockdep prints it: a map, which nobody ever waits for, looks like a lock. */
const className = (cls: string): string => cls.replace(/^map:/, '')

/** Taken by read_lock(), which waits for no writer that waits. */
const isRecursiveRead = (e: LockEdge): boolean => e.takenMode === 'read' && !e.taken.sleeps
const isShared = (e: LockEdge): boolean => e.heldMode === 'read'

/** Whether a deadlock can go from one dependency on to the next. */
const isStrong = (e: LockEdge, next: LockEdge): boolean =>
  e.taken.cls === next.held.cls && !(isRecursiveRead(e) && isShared(next))

function shortestRing(all: readonly LockEdge[]): LockEdge[] | undefined {
  // Where and by whom does not matter for a ring; the first that does it is told of.
  const kinds = new Map<string, LockEdge>()
  for (const e of all) {
    const kind = [e.held.cls, e.taken.cls, isShared(e), isRecursiveRead(e)].join('>')
    if (!kinds.has(kind)) kinds.set(kind, e)
  }
  const edges = [...kinds.values()]
  let best: LockEdge[] | undefined
  for (const first of edges) {
    const ring = ringFrom(edges, first)
    if (ring && (!best || ring.length < best.length)) best = ring
  }
  return best
}

/** Breadth-first over dependencies, from one back to it. */
function ringFrom(edges: readonly LockEdge[], first: LockEdge): LockEdge[] | undefined {
  const before = new Map<LockEdge, LockEdge | undefined>([[first, undefined]])
  for (const e of before.keys()) {
    if (isStrong(e, first)) return pathTo(before, e)
    for (const next of edges) if (!before.has(next) && isStrong(e, next)) before.set(next, e)
  }
  return undefined
}

function pathTo(before: ReadonlyMap<LockEdge, LockEdge | undefined>, last: LockEdge): LockEdge[] {
  const path: LockEdge[] = []
  for (let e: LockEdge | undefined = last; e; e = before.get(e)) path.unshift(e)
  return path
}

/** As in kernel/locking/lockdep.c:print_circular_lock_scenario, `rlock` for readers (6.3+). */
function circularReport(ring: readonly LockEdge[]): string[] {
  const classes = ring.map((e) => className(e.held.cls))
  const [first] = classes
  const [closing, other] = [ring.at(-1), ring.at(-2)]
  return [
    'possible circular locking dependency',
    ...ring.flatMap(seen),
    '',
    ...(ring.length > 2 ? [`Chain exists of: ${[...classes, first].join(' --> ')}`, ''] : []),
    'Possible unsafe locking scenario:',
    '',
    row('CPU0', 'CPU1'),
    row('----', '----'),
    row(takes(closing, 'held'), ''),
    row('', takes(other, 'held')),
    row('', takes(other, 'taken')),
    row(takes(closing, 'taken'), ''),
    '',
    '*** DEADLOCK ***',
  ]
}

/** `lock(mmap_lock);` */
function takes(e: LockEdge | undefined, which: 'held' | 'taken'): string {
  if (!e) return ''
  const mode = which === 'held' ? e.heldMode : e.takenMode
  return `${mode === 'read' ? 'rlock' : 'lock'}(${className(e[which].cls)});`
}

function recursiveReport(ring: readonly LockEdge[]): string[] {
  return [
    'possible recursive locking',
    ...ring.flatMap(seen),
    '',
    'Possible unsafe locking scenario:',
    '',
    row('CPU0', ''),
    row('----', ''),
    ...ring.flatMap((e) => [row(`lock(${e.held.name});`, ''), row(`lock(${e.taken.name});`, '')]),
    '',
    '*** DEADLOCK ***',
    '',
    'May be due to missing lock nesting notation',
  ]
}

/** Where a dependency was seen. */
const seen = (e: LockEdge): string[] => [
  '',
  `${className(e.held.cls)} -> ${className(e.taken.cls)}: ${contextWords(e)}`,
  ...[...e.stack].reverse().map((f) => `    ${f}`),
]

/** One dependency between two lock classes, with every way in which it was seen. */
export interface LockDependency {
  readonly held: string
  readonly taken: string
  readonly seen: readonly LockEdge[]
}

/** The graph of lock classes, over all paths of all tasks; in the order in which dependencies were met. */
export function lockGraph(edges: readonly LockEdge[]): LockDependency[] {
  const graph = new Map<string, LockDependency & { readonly seen: LockEdge[] }>()
  for (const e of edges) {
    const [held, taken] = [className(e.held.cls), className(e.taken.cls)]
    const known = graph.get(`${held}>${taken}`)
    if (known) known.seen.push(e)
    else graph.set(`${held}>${taken}`, { held, taken, seen: [e] })
  }
  return [...graph.values()]
}

/** `oom_reaper takes mmu_lock while it holds mmap_lock for reading`. */
export const contextWords = (e: LockEdge): string =>
  `${e.task} takes ${e.taken.name}${modeWords(e.takenMode)} while it holds ${e.held.name}${modeWords(e.heldMode)}`

const modeWords = (mode: LockEdge['heldMode']): string =>
  mode === 'read' ? ' for reading' : mode === 'write' ? ' for writing' : ''

const row = (left: string, right: string): string => `  ${left.padEnd(30)}${right}`.trimEnd()
