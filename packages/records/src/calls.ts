/** Calls that are no notifier's: what no line of a record tells is asked for like a callback, and every answer is tried. */
import { type Body, callOut } from '@mmulab/model'

/** Subjects of calls that are no notifier's. */
export const CORE = '(core)'
export const MM = '(mm)'
/** Calls of `MM` that mean more than a choice. */
export const FRESH = 'another section'
export const AGAIN = 'another VMA'
export const INSIDE = 'inside the section'

/** Virtual pages that no interval notifier is for: one that sections are about, and one that only rmap is. */
export const OUTSIDE = 2
/** The interval notifiers that a section of the world meets, each of which has a page of its own. */
export const metBy = (pages: readonly number[]): string =>
  pages.flatMap((p) => (p >= OUTSIDE ? [p - OUTSIDE] : [])).join()

/** What no line tells: every answer is tried. */
export const infer = (callback: string, answers: number): Body<number> =>
  callOut({
    subject: MM,
    callback,
    detail: {},
    answers: Array.from({ length: answers }, (_, i) => i),
  })
