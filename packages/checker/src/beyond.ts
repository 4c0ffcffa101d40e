/**
 * What becomes of a world from one of its states on. The states behind it are searched as far as `most` of them; where they
 * are fewer, it is known who can never finish from here, and that is a verdict on the whole world: the state can be reached.
 */
import type { ClaimId } from '@mmulab/model'
import type { Linked } from './automaton.ts'
import { initialState, type Layout, layOut, pack } from './layout.ts'
import { plainStep } from './plain.ts'
import type { ClaimResult, Move } from './result.ts'
import { untouched } from './saved.ts'
import { createSearch } from './search.ts'
import { verdicts } from './verdict.ts'

/** The promises that are broken behind a state; schedules begin there. */
export function brokenBeyond(
  linked: Linked,
  layout: Layout,
  state: Int32Array,
  most: number,
): Map<ClaimId, ClaimResult> {
  const from = { ...untouched(linked), words: layout.words, packed: [state] }
  const search = createSearch(linked, layout, { maxStates: most }, undefined, from)
  while (!search.done) search.run(most)
  const broken = Object.entries(verdicts(search).claims).filter(([, c]) => c.schedule)
  return new Map(broken as [ClaimId, ClaimResult][])
}

/**
 * The promises about the future that are broken in the state after these moves, whatever comes: from there on, `most` states at most are
 * looked at. Undefined where the moves cannot be made.
 */
export function brokenAfter(
  linked: Linked,
  moves: readonly Move[],
  most: number,
): Map<ClaimId, ClaimResult> | undefined {
  let state = initialState(linked)
  for (const m of moves) {
    const made = plainStep(linked, state).moves.find(
      (x) => x.task === m.task && x.answer === m.answer,
    )
    if (!made?.to) return undefined
    state = made.to
  }
  const layout = layOut(linked)
  const packed = pack(layout, state.pcs, state.values)
  const broken = brokenBeyond(linked, layout, packed, most)
  return new Map([...broken].filter(([, c]) => c.steps === 0))
}
