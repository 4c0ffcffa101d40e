/**
 * Lock order: a ring in the graph "taken while held" of lock classes, over all paths of all tasks, is reported even when no
 * run within the bounds could deadlock on it; in the way lockdep does it. Readers count like writers, as for lockdep's
 * non-recursive readers: another task's waiting writer may stand between two of them.
 */
import type { LockEdge } from './automaton.ts'
import type { ClaimResult } from './result.ts'

/** The verdict on lock order, or undefined when there is no ring. */
export function lockOrder(edges: readonly LockEdge[]): ClaimResult | undefined {
  const ring = shortestRing(edges.filter((e) => !onlyReaders(e)))
  if (!ring) return undefined
  const recursive = ring.length === 1
  const kind = recursive ? 'possible recursive locking' : 'possible circular locking dependency'
  return {
    verdict: 'violated',
    message: `${kind}: ${[...ring.map((e) => e.held.cls), ring[0]?.held.cls].join(' -> ')}`,
    cycle: recursive ? recursiveReport(ring) : circularReport(ring),
  }
}

/** Taking for reading what one holds for reading is not a ring of its own. */
const onlyReaders = (e: LockEdge): boolean =>
  e.held.cls === e.taken.cls && e.heldMode === 'read' && e.takenMode === 'read'

function shortestRing(edges: readonly LockEdge[]): LockEdge[] | undefined {
  const classes = new Set(edges.map((e) => e.held.cls))
  let best: LockEdge[] | undefined
  for (const start of classes) {
    const ring = ringFrom(edges, start)
    if (ring && (!best || ring.length < best.length)) best = ring
  }
  return best
}

/** Breadth-first from one class back to it. */
function ringFrom(edges: readonly LockEdge[], start: string): LockEdge[] | undefined {
  const into = new Map<string, LockEdge>()
  const queue = [start]
  for (const held of queue)
    for (const e of edges) {
      if (e.held.cls !== held || into.has(e.taken.cls)) continue
      into.set(e.taken.cls, e)
      queue.push(e.taken.cls)
    }
  const ring: LockEdge[] = []
  for (let e = into.get(start); e; e = into.get(e.held.cls)) {
    ring.unshift(e)
    if (e.held.cls === start) return ring
  }
  return undefined
}

function circularReport(ring: readonly LockEdge[]): string[] {
  const classes = ring.map((e) => e.held.cls)
  const [first, second] = classes
  const last = classes.at(-1)
  return [
    'possible circular locking dependency',
    ...ring.flatMap(seen),
    '',
    ...(ring.length > 2 ? [`Chain exists of: ${[...classes, first].join(' --> ')}`, ''] : []),
    'Possible unsafe locking scenario:',
    '',
    row('CPU0', 'CPU1'),
    row('----', '----'),
    row(`lock(${last});`, ''),
    ...(ring.length > 2 ? [row('', `lock(${classes.at(-2)});`)] : [row('', `lock(${first});`)]),
    row('', `lock(${ring.length > 2 ? last : second});`),
    row(`lock(${first});`, ''),
    '',
    '*** DEADLOCK ***',
  ]
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
  `${e.held.cls} -> ${e.taken.cls}: ${e.task} takes ${e.taken.name} while it holds ${e.held.name}`,
  ...[...e.stack].reverse().map((f) => `    ${f}`),
]

const row = (left: string, right: string): string => `  ${left.padEnd(30)}${right}`.trimEnd()
