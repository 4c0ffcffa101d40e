/**
 * One state at a time: the generated code of a world for those who choose their own way through it, and what they have met. For
 * every broken promise the shortest of the ways on which it was seen is kept; it need not be a shortest one that there is.
 */
import { type ClaimId, evaluate, LabError } from '@mmulab/model'
import type { Linked } from './automaton.ts'
import type { EdgeAt } from './findings.ts'
import { generate, type Listener, type Program, sitesOf } from './generate.ts'
import { at, fieldFor, initialState, type Layout, pack, readField } from './layout.ts'
import { nodeAt, type Site } from './node-plan.ts'
import { createObserver, type Observer } from './observer.ts'
import type { Move } from './result.ts'

/** The way to a broken promise: numbers of sites, one for each move. */
interface Way {
  readonly message: string
  readonly path: Int32Array
}

export interface Stepper {
  readonly linked: Linked
  readonly layout: Layout
  readonly program: Program
  readonly observer: Observer
  readonly sites: readonly Site[]
  readonly begin: Int32Array
  /** Words of a successor in the batch, and the number of its site. */
  readonly stride: number
  /**
   * Puts the successors of a state into the batch and returns how many they are; `path` leads there by `depth` moves, and is asked
   * for only when something is broken. What is known to be broken after fewer moves is not listened to any more.
   */
  expand(states: Int32Array, index: number, depth: number, path: () => ArrayLike<number>): number
  /** From the beginning once more: shorter ways to what is broken are of interest again. */
  restart(): void
  /** Tasks, as bits, that could move in the state that was expanded last, be it beyond what is known. */
  readonly able: number
  readonly ways: ReadonlyMap<ClaimId, Way>
  /**
   * The moves of a way, made again from the beginning, and shortened where one move leads to a later state of it. With `last` the
   * last move is what it is about, and stays.
   */
  movesOf(path: ArrayLike<number>, last: boolean): Move[]
}

export function createStepper(linked: Linked, layout: Layout): Stepper {
  const sites = sitesOf(linked.automata)
  const observer = createObserver(linked, sites)
  const ways = new Map<ClaimId, Way>()
  let broken = linked.automata.some((a) => a.startFlags.length > 0)
  let beyond = 0
  const { flag, halt, bound, watched, impossible } = observer.listener
  const goesBeyond = (site: number): void => {
    beyond |= 1 << at(sites, site).task
  }
  const listener: Listener = {
    impossible,
    flag(state, site) {
      broken = true
      flag(state, site)
    },
    halt(state, site) {
      goesBeyond(site)
      halt(state, site)
    },
    bound(state, site, assignment, value) {
      broken = true
      goesBeyond(site)
      bound(state, site, assignment, value)
    },
    watched(state, watch) {
      broken = true
      watched(state, watch)
    },
  }
  const program = generate(linked, layout, observer.watches, listener)
  const { batch } = program
  const stride = layout.words + 1
  const initial = initialState(linked)
  const begin = pack(layout, initial.pcs, initial.values)
  const numbers = new Map(sites.map((s, i) => [s, i]))
  let able = 0

  const note = (depth: number, path: ArrayLike<number>): void => {
    for (const { claim, depth: moves, targets } of observer.findings.all()) {
      const known = ways.get(claim)
      const target = targets[0]
      if (!target || (known && known.path.length <= moves)) continue
      const way = new Int32Array(moves)
      for (let i = 0; i < depth; i++) way[i] = at(path, i)
      const last = target.move && numbers.get(target.move as Site)
      if (last !== undefined) way[depth] = last
      ways.set(claim, { message: target.message, path: way })
    }
  }

  const expand: Stepper['expand'] = (states, index, depth, path) => {
    beyond = 0
    observer.enter(depth, program.live)
    program.expand(states, index, index + 1)
    const count = at(batch.ends, 0) / stride
    able = beyond
    for (let k = 0; k < count; k++)
      able |= 1 << (sites[batch.succ[k * stride + stride - 1] as number] as Site).task
    if (broken) note(depth, path())
    broken = false
    return count
  }

  /** The successors of a state, and nobody hears of what they break. */
  const look = (state: Int32Array): number => {
    program.live.fill(0)
    observer.rerun = () => {}
    program.expand(state, 0, 1)
    observer.rerun = undefined
    return at(batch.ends, 0) / stride
  }

  const follow = (state: Int32Array, site: number): Int32Array => {
    const k = successorBy(batch.succ, stride, look(state), site)
    if (k < 0) throw lostWay(at(sites, site))
    return batch.succ.slice(k * stride, k * stride + layout.words)
  }

  return {
    linked,
    layout,
    program,
    observer,
    sites,
    begin,
    stride,
    expand,
    restart() {
      program.live.fill(1)
    },
    ways,
    get able() {
      return able
    },
    movesOf(path, last) {
      const live = program.live.slice()
      const inner = last ? path.length - 1 : path.length
      const passed = [begin]
      for (let i = 0; i < inner; i++) passed.push(follow(at(passed, i), at(path, i)))
      const latest = new Map(passed.map((state, i) => [state.join(), i]))
      const moves: Move[] = []
      for (let i = latest.get(begin.join()) ?? 0; i < inner; ) {
        const state = at(passed, i)
        const count = look(state)
        let [best, by] = [-1, -1]
        for (let k = 0; k < count; k++) {
          const j =
            latest.get(batch.succ.subarray(k * stride, k * stride + layout.words).join()) ?? -1
          if (j > best) [best, by] = [j, at(batch.succ, k * stride + stride - 1)]
        }
        moves.push(moveAt(linked, layout, state, at(sites, by)))
        i = best
      }
      if (last && inner >= 0)
        moves.push(moveAt(linked, layout, at(passed, inner), at(sites, at(path, inner))))
      program.live.set(live)
      return moves
    },
  }
}

function successorBy(succ: Int32Array, stride: number, count: number, site: number): number {
  for (let k = 0; k < count; k++) if (succ[k * stride + stride - 1] === site) return k
  return -1
}

/** The move that takes an edge. Where edges do the same, generated code names the first; the answer is made exact here. */
function moveAt(linked: Linked, layout: Layout, words: Int32Array, edge: EdgeAt): Move {
  const node = nodeAt(at(linked.automata, edge.task), edge.node)
  const answer =
    node.kind === 'choose' || node.edges.length === 1
      ? at(node.edges, edge.edge).answer
      : evaluate(node.answer, (v) => readField(fieldFor(layout, v), words))
  return { task: edge.task, answer }
}

const lostWay = (s: Site): LabError =>
  new LabError({
    code: 'INDEX',
    kind: 'internal',
    message: `A way cannot be made again: task ${s.task} has no move at node ${s.node}.`,
  })
