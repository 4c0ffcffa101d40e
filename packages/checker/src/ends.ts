/**
 * Where something comes to its end: nobody can move, or a way goes round. Behind a few such states all is searched, and so it is
 * known who can never finish, whatever was not looked at before.
 */
import type { ClaimId } from '@mmulab/model'
import { at, readField } from './layout.ts'
import { nodeAt } from './node-plan.ts'
import { brokenAt } from './partial.ts'
import type { ClaimResult } from './result.ts'
import type { Stepper } from './stepper.ts'

/** States that are searched behind one, and how many are looked at so. */
const BEHIND = 20_000
export const ENDS = 16

export interface Ends {
  /** What was found broken behind the states that were asked about. */
  readonly found: ReadonlyMap<ClaimId, ClaimResult>
  /** `path` leads to `state`. Does nothing where there is nothing more to be learnt. */
  ask(state: Int32Array, path: () => ArrayLike<number>): void
}

export function createEnds(stepper: Stepper, most: number = ENDS): Ends {
  const { linked, layout } = stepper
  const found = new Map<ClaimId, ClaimResult>()
  const asked = new Set<string>()

  const isWanted = (state: Int32Array): boolean => {
    if (asked.size >= most) return false
    const wanted = (['progress', 'deadlock'] as const).some(
      (c) => !(c in linked.world.notClaimed) && !found.has(c),
    )
    const open = linked.goals.some((g) => !found.has(g.claim))
    return open || (wanted && !isFinished(state))
  }

  const isFinished = (state: Int32Array): boolean =>
    linked.automata.every(
      (a, t) => a.daemon || nodeAt(a, readField(at(layout.pcs, t), state)).kind === 'end',
    )

  return {
    found,
    ask(state, path) {
      if (!isWanted(state)) return
      const key = state.join()
      if (asked.has(key)) return
      asked.add(key)
      for (const [claim, c] of brokenAt(stepper, state.slice(), path(), BEHIND)) {
        const known = found.get(claim)?.steps ?? Number.POSITIVE_INFINITY
        if ((c.steps ?? 0) < known) found.set(claim, c)
      }
    },
  }
}
