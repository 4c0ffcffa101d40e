/**
 * What becomes of a world from one of its states on. The states behind it are searched as far as `most` of them; where they
 * are fewer, it is known who can never finish from here, and that is a verdict on the whole world: the state can be reached.
 */
import type { ClaimId } from '@mmulab/model'
import type { Linked } from './automaton.ts'
import type { Layout } from './layout.ts'
import type { ClaimResult } from './result.ts'
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
