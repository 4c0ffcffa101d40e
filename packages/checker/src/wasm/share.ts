/**
 * How many states each worker is given at once: as many as there is room for on its list, as far as can be known. Where one comes to
 * the end of its room before the end of its share, what those after it have done is lost.
 */
const FIRST = 1 << 12
const MOST = 1 << 15
const LEAST = 1 << 6
/** How much of the list is meant to be filled: shares differ. */
const PART = 0.75

export interface Share {
  readonly states: number
  /**
   * `done`: what the first one who did not come to the end has done of its share, undefined where all did; `most`: successors that
   * were put on a list, per state, where they were most, or 0.
   */
  learn(done: number | undefined, most: number): void
}

/** `room`: successors on a list. */
export function createShare(room: number): Share {
  let states = FIRST
  return {
    get states() {
      return states
    },
    learn(done, most) {
      const next = done === undefined ? Math.min(states * 2, (room * PART) / most) : done * PART
      states = Math.min(MOST, Math.max(LEAST, Math.floor(next)))
    },
  }
}
