/** The result of a mode: what it found, put into the verdicts of a search that has not begun. */
import { CLAIMS, type ClaimId } from '@mmulab/model'
import { brokenBeyond } from './beyond.ts'
import type { ModeReport } from './mode.ts'
import type { CheckResult, ClaimResult, Move } from './result.ts'
import { untouched } from './saved.ts'
import { createSearch } from './search.ts'
import type { Stepper } from './stepper.ts'
import { verdicts } from './verdict.ts'

/** How far a mode has come. */
export interface Reached {
  readonly states: number
  readonly transitions: number
  readonly depth: number
  readonly bytes: number
}

/** `ends`: promises that were found broken in states behind which all is known, with the way there. */
export function partialResult(
  stepper: Stepper,
  mode: ModeReport,
  reached: Reached,
  ends: ReadonlyMap<ClaimId, ClaimResult>,
  stopped: string | undefined,
): CheckResult {
  const { linked, layout, observer, program } = stepper
  const { hit, least, most } = program
  // A search that stands at the beginning and knows what was seen: it says what it would say of itself.
  const search = createSearch(linked, layout, {}, undefined, {
    ...untouched(linked),
    words: layout.words,
    packed: [stepper.begin],
    observed: { ...observer.save(0), findings: [], halts: 0 },
    hit: Array.from(hit.keys()).filter((site) => hit[site] === 1),
    least: [...least],
    most: [...most],
  })
  const why = stopped === undefined ? mode.label : `${mode.label}, ${stopped}`
  const base = verdicts(search, `only ${why}`)
  const [, ...notCovered] = base.notCovered
  return {
    ...base,
    complete: false,
    ...reached,
    bytesPerState: reached.bytes / Math.max(1, reached.states),
    claims: withFound(base.claims, stepper, ends),
    mode,
    notCovered: [`whatever was not met by ${why}`, ...mode.missed, ...notCovered],
  }
}

function withFound(
  claims: CheckResult['claims'],
  stepper: Stepper,
  ends: ReadonlyMap<ClaimId, ClaimResult>,
): CheckResult['claims'] {
  const found = new Map(ends)
  for (const [claim, { path, message }] of [...stepper.ways]) {
    if ((found.get(claim)?.steps ?? Number.POSITIVE_INFINITY) <= path.length) continue
    const moves = stepper.movesOf(path, true)
    found.set(claim, {
      verdict: 'violated',
      message,
      schedule: { claim, moves, prefix: moves.length },
      ...notTheFewest(moves),
    })
  }
  const all = { ...claims }
  for (const claim of CLAIMS) {
    const broken = found.get(claim)
    if (broken && claims[claim].verdict !== 'not-claimed') all[claim] = broken
  }
  return all
}

/** Nothing is known of shorter ways. */
const notTheFewest = (
  moves: readonly Move[],
): Pick<ClaimResult, 'steps' | 'switches' | 'fewestSteps' | 'fewestSwitches'> => ({
  steps: moves.length,
  switches: moves.filter((m, i) => i > 0 && moves[i - 1]?.task !== m.task).length,
  fewestSteps: false,
  fewestSwitches: false,
})

/** What is broken behind a state, with the way to that state put before it. */
export function brokenAt(
  stepper: Stepper,
  state: Int32Array,
  path: ArrayLike<number>,
  most: number,
): Map<ClaimId, ClaimResult> {
  const found = new Map<ClaimId, ClaimResult>()
  const broken = brokenBeyond(stepper.linked, stepper.layout, state, most)
  if (broken.size === 0) return found
  const way = stepper.movesOf(path, false)
  for (const [claim, { schedule, waitFor, message }] of broken) {
    if (!schedule) continue
    const { pointOfNoReturn: point, loop, stuck } = schedule
    const prefix = way.length + schedule.prefix
    const moves = [...way, ...schedule.moves]
    found.set(claim, {
      verdict: 'violated',
      ...(message !== undefined && { message }),
      schedule: {
        claim,
        moves,
        prefix,
        ...(point !== undefined && { pointOfNoReturn: way.length + point }),
        ...(loop !== undefined && { loop: way.length + loop }),
        ...(stuck !== undefined && { stuck }),
      },
      ...notTheFewest(moves.slice(0, prefix)),
      ...(waitFor && { waitFor }),
    })
  }
  return found
}
