/**
 * Which ways of putting two sequences of calls into one a world can go. For every pair of positions in the two sequences, the set of
 * states that the world may be in once so many calls of each have been made: one set for all orders that lead to the same states, so
 * that the orders themselves are only counted out at the end.
 */
import { initialState, type Linked, plainStep, type Unpacked } from '@mmulab/checker'

/** One callback of a task: `A+1` is A's start for task 1, `B-2` is B's end for task 2. */
export type Call = string

/** Calls in their order, with blanks between: `A+1 B+1 A-1 B-1 A+2 B+2 A-2 B-2`. */
export type Order = string

/** The orders of the calls `a` and `b` in which every task can finish. */
export function possibleOrders(
  walk: Walk,
  start: States,
  a: readonly Call[],
  b: readonly Call[],
): Order[] {
  const known = new Map<string, readonly Order[]>()
  const from = (i: number, j: number, states: States): readonly Order[] => {
    const key = `${i},${j}:${[...states.keys()].sort().join(';')}`
    const found = known.get(key)
    if (found) return found
    const orders: Order[] = []
    if (i === a.length && j === b.length) {
      if ([...states.values()].some(walk.isOver)) orders.push('')
    } else
      for (const [call, di, dj] of [[a[i], 1, 0] as const, [b[j], 0, 1] as const]) {
        const next = call === undefined ? undefined : walk.after(states, call)
        if (call === undefined || !next?.size) continue
        for (const rest of from(i + di, j + dj, next)) orders.push(rest ? `${call} ${rest}` : call)
      }
    known.set(key, orders)
    return orders
  }
  return [...from(0, 0, start)]
}

/** The longest of the sequences of calls that a world can make: what an operation does when nothing is in its way. */
export function longestCalls(walk: Walk, start: States): Call[] {
  const known = new Map<string, readonly Call[]>()
  const from = (states: States): readonly Call[] => {
    const key = [...states.keys()].sort().join(';')
    const found = known.get(key)
    if (found) return found
    let best: readonly Call[] = []
    for (const call of walk.callsOf(states)) {
      const rest = [call, ...from(walk.after(states, call))]
      if (rest.length > best.length) best = rest
    }
    known.set(key, best)
    return best
  }
  return [...from(start)]
}

/** States by their keys. */
export type States = ReadonlyMap<string, Unpacked>

export interface Walk {
  /** Where the world can be before the first call, given what each task chooses at its beginning. */
  choosing(answers: readonly number[]): States
  /** The calls that can come next. */
  callsOf(states: States): Set<Call>
  /** Where it can be after one, and before the next. */
  after(states: States, call: Call): States
  /** Every task has finished. */
  isOver(state: Unpacked): boolean
}

export function createWalk(linked: Linked): Walk {
  const movesOf = new Map<string, readonly Move[]>()
  const moves = (key: string, state: Unpacked): readonly Move[] => {
    const found = movesOf.get(key) ?? movesFrom(linked, state)
    movesOf.set(key, found)
    return found
  }
  /** With everything that can be reached without a call. */
  const quietly = (states: Map<string, Unpacked>): States => {
    const queue = [...states]
    for (let i = 0; i < queue.length; i++) {
      const [key, state] = queue[i] as (typeof queue)[number]
      for (const { to, toKey, call } of moves(key, state)) {
        if (call || states.has(toKey)) continue
        states.set(toKey, to)
        queue.push([toKey, to])
      }
    }
    return states
  }
  const choosing = (answers: readonly number[]): States => {
    let state = initialState(linked)
    for (const [task, answer] of answers.entries()) {
      const chosen = plainStep(linked, state).moves.find(
        (m) => m.task === task && m.answer === answer,
      )
      if (!chosen?.to) throw new Error(`task ${task + 1} has no choice ${answer}`)
      state = chosen.to
    }
    return quietly(new Map([[keyOf(state), state]]))
  }
  return {
    choosing,
    callsOf: (states) =>
      new Set([...states].flatMap(([key, s]) => moves(key, s).flatMap(({ call }) => call || []))),
    after(states, call) {
      const next = new Map<string, Unpacked>()
      for (const [key, state] of states)
        for (const move of moves(key, state)) if (move.call === call) next.set(move.toKey, move.to)
      return quietly(next)
    },
    isOver: ({ pcs }) => linked.automata.every((a, i) => a.nodes[pcs[i] ?? -1]?.kind === 'end'),
  }
}

interface Move {
  readonly to: Unpacked
  readonly toKey: string
  /** Empty for a step that nobody sees. */
  readonly call: Call
}

function movesFrom(linked: Linked, state: Unpacked): Move[] {
  return plainStep(linked, state).moves.flatMap(({ task: number, to }) => {
    const automaton = linked.automata[number]
    const out = automaton?.nodes[state.pcs[number] ?? -1]?.out
    return to
      ? [
          {
            to,
            toKey: keyOf(to),
            call: out ? `${out.subject}${out.callback}${automaton?.name}` : '',
          },
        ]
      : []
  })
}

const keyOf = ({ pcs, values }: Unpacked): string => `${pcs.join()}|${values.join()}`
