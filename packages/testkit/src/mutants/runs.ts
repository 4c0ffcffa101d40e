/**
 * Runs as others see them: the sequence of what is shown, however often it is shown in a row. Of two worlds the one is followed through
 * all that the other can have come to after the same has been seen (the subset construction).
 */
import type { Shown } from './stuttering.ts'

/** Numbers of moves, from the first state on; the last one shows what the other world cannot show there. */
export type Way = readonly number[]

/** More pairs than this are not looked at. */
const MAX_PAIRS = 500_000
export const TOO_MANY = 'too many'

/** Whether the last move of a way is of interest: it leads from one state to another. */
export type Wanted = (from: number, to: number, known: readonly number[]) => boolean

/**
 * A shortest way of `other` whose last move shows what `known` cannot show after it has shown the same; undefined if all that is seen
 * of `other` can be seen of `known`. Both begin with their state 0.
 */
export function freshWay(
  known: Shown,
  other: Shown,
  wanted: Wanted = () => true,
): Way | typeof TOO_MANY | undefined {
  if (known.shows[0] !== other.shows[0]) return []
  const follower = createFollower(known)
  const queue: Pair[] = [{ state: 0, set: follower.start }]
  const seen = new Set<number>([pairKey(0, follower.start)])
  for (let i = 0; i < queue.length; i++) {
    const pair = queue[i] as Pair
    const { state, set } = pair
    for (let e = other.first[state] ?? 0; e < (other.first[state + 1] ?? 0); e++) {
      const to = other.target[e] ?? 0
      const shows = other.shows[to] ?? 0
      const next = shows === other.shows[state] ? set : follower.next(set, shows)
      const step: Pair = { state: to, set: next ?? 0, from: pair, move: e }
      if (next === undefined) {
        if (wanted(state, to, follower.members(set))) return wayTo(step)
        continue
      }
      if (seen.has(pairKey(to, next))) continue
      seen.add(pairKey(to, next))
      if (seen.size > MAX_PAIRS) return TOO_MANY
      queue.push(step)
    }
  }
  return undefined
}

/** A shortest way to a move of interest. */
export function shortestWay({ first, target }: Shown, wanted: Wanted): Way | undefined {
  const queue: Pair[] = [{ state: 0, set: 0 }]
  const seen = new Set([0])
  for (const pair of queue)
    for (let e = first[pair.state] ?? 0; e < (first[pair.state + 1] ?? 0); e++) {
      const state = target[e] ?? 0
      const step: Pair = { state, set: 0, from: pair, move: e }
      if (wanted(pair.state, state, [])) return wayTo(step)
      if (seen.has(state)) continue
      seen.add(state)
      queue.push(step)
    }
  return undefined
}

interface Pair {
  readonly state: number
  /** All states in which the other world can be by now. */
  readonly set: number
  readonly from?: Pair
  readonly move?: number
}

const pairKey = (state: number, set: number): number => state * 2 ** 26 + set

function wayTo(last: Pair): number[] {
  const way: number[] = []
  for (let p: Pair | undefined = last; p?.move !== undefined; p = p.from) way.push(p.move)
  return way.reverse()
}

/** Sets of states that a world can be in, by number, and where what is shown next leads. */
function createFollower({ first, target, shows }: Shown) {
  const numbers = new Map<string, number>()
  const sets: (readonly number[])[] = []
  const nexts = new Map<number, ReadonlyMap<number, number>>()
  const intern = (from: Iterable<number>): number => {
    const set = silently(from)
    const key = set.join()
    const known = numbers.get(key)
    if (known !== undefined) return known
    numbers.set(key, sets.length)
    sets.push(set)
    return sets.length - 1
  }
  /** With all that can be reached without showing anything. */
  const silently = (from: Iterable<number>): readonly number[] => {
    const all = new Set(from)
    for (const s of all)
      for (let e = first[s] ?? 0; e < (first[s + 1] ?? 0); e++)
        if (shows[target[e] ?? 0] === shows[s]) all.add(target[e] ?? 0)
    return [...all].sort((a, b) => a - b)
  }
  const leave = (set: number): ReadonlyMap<number, number> => {
    const by = new Map<number, Set<number>>()
    for (const s of sets[set] ?? [])
      for (let e = first[s] ?? 0; e < (first[s + 1] ?? 0); e++) {
        const to = target[e] ?? 0
        const shown = shows[to] ?? 0
        if (shown === shows[s]) continue
        const known = by.get(shown)
        if (known) known.add(to)
        else by.set(shown, new Set([to]))
      }
    return new Map([...by].map(([shown, states]) => [shown, intern(states)]))
  }
  return {
    start: intern([0]),
    members: (set: number): readonly number[] => sets[set] ?? [],
    next(set: number, shown: number): number | undefined {
      const made = nexts.get(set) ?? leave(set)
      nexts.set(set, made)
      return made.get(shown)
    },
  }
}
