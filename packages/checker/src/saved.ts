/**
 * A search as far as it has come: what whoever goes on with it needs, be it in another process or by another backend. States are
 * numbered in the order in which they were found and never change, so they are all there is to it, with how far they have
 * been expanded and what was seen on the way; the table that finds them is filled again.
 */
import { LabError } from '@mmulab/model'
import type { Linked } from './automaton.ts'
import type { Engine } from './engine.ts'
import { at, type Layout } from './layout.ts'
import type { Observed } from './observer.ts'

export interface Saved {
  /** 32-bit words per state. */
  readonly words: number
  readonly states: number
  /** Those before this number have been expanded. */
  readonly expanded: number
  /** Transitions to states; those that stop the kernel are counted by the observer. */
  readonly moves: number
  /** Number of the first state of each depth, and where the depth that is being expanded ends. */
  readonly levels: readonly number[]
  readonly levelEnd: number
  readonly observed: Observed
  /** Sites whose guard has held. */
  readonly hit: readonly number[]
  /** Per measure: smallest and largest value so far. */
  readonly least: readonly number[]
  readonly most: readonly number[]
  /** The packed states in order, in pieces of whole states. Read once, and to the end. */
  readonly packed: Iterable<Int32Array>
}

/** The packed states, as many as it says. @throws LabError CHECKPOINT_DAMAGED, and whatever reading the pieces throws */
export function* statesOf({ packed, states, words }: Saved): Generator<Int32Array, void> {
  let left = states * words
  for (const piece of packed) {
    if (piece.length > left) throw damaged('it has too many states')
    left -= piece.length
    yield piece
  }
  if (left > 0) throw damaged('it has too few states')
}

/** What cannot be in a search of this world. */
export function faultOf(s: Saved, layout: Layout, engine: Engine): string | undefined {
  const first = [...s.levels, s.levelEnd]
  if (s.words !== layout.words) return `its states have ${s.words} words, not ${layout.words}`
  if (first[0] !== 0 || first.some((n, i) => i > 0 && n <= at(first, i - 1)))
    return 'its depths are out of order'
  if (s.expanded < at(s.levels, s.levels.length - 1) || s.expanded > s.levelEnd)
    return 'it does not say how far it has come'
  if (s.levelEnd > s.states) return 'its last depth is beyond its states'
  const { hit, least } = engine
  if (
    s.least.length !== least.length ||
    s.most.length !== least.length ||
    s.hit.some((i) => i >= hit.length)
  )
    return 'what it has seen is not of this world'
  return undefined
}

export const damaged = (why: string): LabError =>
  new LabError({
    code: 'CHECKPOINT_DAMAGED',
    kind: 'usage',
    message: `The checkpoint cannot be used: ${why}.`,
    hint: 'Take an older one, or begin again without --resume.',
  })

/** A search that has its first state and has seen nothing; words and state are still to be given. */
export const untouched = (linked: Linked): Omit<Saved, 'words' | 'packed'> => ({
  states: 1,
  expanded: 0,
  moves: 0,
  levels: [0],
  levelEnd: 1,
  observed: { findings: [], marks: [], sometimes: [], exceeded: [], halts: 0 },
  hit: [],
  least: linked.measures.map(() => 2 ** 31 - 1),
  most: linked.measures.map(() => -(2 ** 31)),
})
