/** One world measured: recording, search and verdicts apart, in CPU seconds of this process. */
import { checkInSlices, link } from '@mmulab/checker'
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
  readonly verdictSeconds: number
  readonly statesPerSecond: number
}

const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

export function measure(lab: Lab, name: CellName): Measurement {
  const begin = cpuSeconds()
  const linked = link(buildNamed(lab, name).world)
  const linkedAt = cpuSeconds()
  const slices = checkInSlices(linked)
  let searchedAt = linkedAt
  for (;;) {
    const slice = slices.next()
    if (slice.done) {
      const { states, transitions, words, bytesPerState } = slice.value
      const searchSeconds = searchedAt - linkedAt
      return {
        name: formatCell(name),
        states,
        transitions,
        words,
        bytesPerState,
        linkSeconds: linkedAt - begin,
        searchSeconds,
        verdictSeconds: cpuSeconds() - searchedAt,
        statesPerSecond: states / searchSeconds,
      }
    }
    searchedAt = cpuSeconds()
  }
}
