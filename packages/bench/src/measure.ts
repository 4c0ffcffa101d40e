/** One world measured: recording, search and verdicts apart, in CPU seconds of this process. */
import { checkInSlices, type Linked, link, type Workers } from '@mmulab/checker'
import { buildNamed, type CellName, formatCell, type Lab } from '@mmulab/compare'

export interface Measurement {
  readonly name: string
  readonly states: number
  readonly transitions: number
  readonly words: number
  /** Of table and packed states; parents, which only schedules need, not counted. */
  readonly bytesPerState: number
  readonly linkSeconds: number
  readonly searchSeconds: number
  /** The same on the wall. */
  readonly searchTime: number
  readonly verdictSeconds: number
  readonly statesPerSecond: number
}

export const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

export function measure(lab: Lab, name: CellName): Measurement {
  const begin = cpuSeconds()
  const linked = link(buildNamed(lab, name).world)
  const linkSeconds = cpuSeconds() - begin
  return { ...measureSearch(linked), name: formatCell(name), linkSeconds }
}

/** Without what progress and deadlock take, which SPIN does not judge; everything else as always. */
export function withoutLiveness(linked: Linked): Linked {
  const reason = 'not measured'
  const notClaimed = { ...linked.world.notClaimed, progress: reason, deadlock: reason }
  return { ...linked, world: { ...linked.world, notClaimed } }
}

/** `workers`: several, and who starts them; one by default. */
export function measureSearch(
  linked: Linked,
  workers?: Workers,
): Omit<Measurement, 'name' | 'linkSeconds'> {
  const begin = cpuSeconds()
  const beginTime = performance.now()
  const slices = checkInSlices(linked, { reductions: {}, workers })
  let searchedAt = begin
  let searchTime = 0
  for (;;) {
    const slice = slices.next()
    if (slice.done) {
      const { states, transitions, words, bytesPerState } = slice.value
      const searchSeconds = searchedAt - begin
      return {
        states,
        transitions,
        words,
        bytesPerState,
        searchSeconds,
        searchTime,
        verdictSeconds: cpuSeconds() - searchedAt,
        statesPerSecond: states / searchSeconds,
      }
    }
    if (slice.value.judging) continue
    searchedAt = cpuSeconds()
    searchTime = (performance.now() - beginTime) / 1000
  }
}

/** From plugins to all verdicts, everything included, in CPU seconds. Cold, if nothing was measured before. */
export function editToVerdict(lab: Lab, name: CellName): { states: number; seconds: number } {
  const begin = cpuSeconds()
  const slices = checkInSlices(link(buildNamed(lab, name).world))
  for (;;) {
    const slice = slices.next()
    if (slice.done) return { states: slice.value.states, seconds: cpuSeconds() - begin }
  }
}

/** CPU seconds to record a world and link it. */
export function recordingSeconds(lab: Lab, name: CellName): number {
  const begin = cpuSeconds()
  link(buildNamed(lab, name).world)
  return cpuSeconds() - begin
}
