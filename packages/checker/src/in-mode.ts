/** A check in one of the modes. */
import type { Linked } from './automaton.ts'
import { bitstate } from './bitstate.ts'
import type { Mode } from './mode.ts'
import { pctWalks } from './pct.ts'
import { preemptions } from './preemptions.ts'
import type { CheckResult } from './result.ts'
import type { Progress } from './under-way.ts'
import { randomWalks, type WalkOptions } from './walks.ts'

export function checkInMode(
  linked: Linked,
  mode: Mode,
  options: WalkOptions,
): Generator<Progress, CheckResult> {
  switch (mode.kind) {
    case 'random':
      return randomWalks(linked, mode, options)
    case 'pct':
      return pctWalks(linked, mode, options)
    case 'preemptions':
      return preemptions(linked, mode, options)
    case 'bitstate':
      return bitstate(linked, mode, options)
  }
}
