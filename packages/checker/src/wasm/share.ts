/**
 * How many states each worker is given at once: as many as there is room for on its list, as far as can be known. Where one comes to
 * the end of its room before the end of its share, what those after it have done is lost.
 */
const FIRST = 1 << 12
const MOST = 1 << 15
const LEAST = 1 << 6
/** How much of the list is meant to be filled: shares differ. */
const PART = 0.75
/** How many times as many as in the round before there is room for. */
const SPARE = 2

export interface Share {
  readonly states: number
  /** Successors that so many states may put on a list; where they put more there, the rest of the share is done later. */
  expected(states: number): number
  /**
   * `done`: what the first one who did not come to the end has done of its share, undefined where all did; `most`: successors that
   * were put on a list, per state, where they were most, or 0.
   */
  learn(done: number | undefined, most: number): void
}

/** `room`: successors on a list. */
export function createShare(room: number): Share {
  let states = FIRST
  let before: number | undefined
  return {
    get states() {
      return states
    },
    expected: (n) => (before === undefined ? room : Math.min(room, Math.ceil(n * before * SPARE))),
    learn(done, most) {
      before = most
      const next = done === undefined ? Math.min(states * 2, (room * PART) / most) : done * PART
      states = Math.min(MOST, Math.max(LEAST, Math.floor(next)))
    },
  }
}
