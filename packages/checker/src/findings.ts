/**
 * Where claims are broken: for each claim the least number of moves after which it is, and every place at that depth.
 * Later places are of no use, so what reports them can be switched off.
 */
import type { ClaimId } from '@mmulab/model'

/** An edge that is taken in a state. */
export interface EdgeAt {
  readonly task: number
  readonly node: number
  readonly edge: number
}

/** A broken promise: in a state, or on a move out of it. */
export interface Target {
  readonly state: number
  readonly move: EdgeAt | undefined
  readonly message: string
}

export interface Finding {
  readonly claim: ClaimId
  /** Moves from the initial state to the violation, the violating move included. */
  readonly depth: number
  readonly targets: readonly Target[]
  /** There were more places at this depth than are kept. */
  readonly more: boolean
}

interface Kept {
  depth: number
  targets: Target[]
  more: boolean
}

const CAP = 4096

export class Findings {
  readonly #kept = new Map<ClaimId, Kept>()

  add(claim: ClaimId, depth: number, target: Target): void {
    const kept = this.#kept.get(claim)
    if (!kept || depth < kept.depth) {
      this.#kept.set(claim, { depth, targets: [target], more: false })
    } else if (depth === kept.depth) {
      if (kept.targets.length < CAP) kept.targets.push(target)
      else kept.more = true
    }
  }

  /** What another search has found. */
  keep({ claim, depth, targets, more }: Finding): void {
    this.#kept.set(claim, { depth, targets: [...targets], more })
  }

  /** Whether a violation after `depth` moves would be news. */
  wants(claim: ClaimId, depth: number): boolean {
    return depth <= (this.#kept.get(claim)?.depth ?? Number.POSITIVE_INFINITY)
  }

  get(claim: ClaimId): Finding | undefined {
    const kept = this.#kept.get(claim)
    return kept && { claim, ...kept }
  }

  all(): Finding[] {
    return [...this.#kept].map(([claim, kept]) => ({ claim, ...kept }))
  }
}
