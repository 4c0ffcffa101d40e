/** What the code has noted in a log while it could not be asked, told to whoever listens. */
import type { Listener } from '../generate.ts'
import { REPORT_WORDS } from './memory-map.ts'
import { REPORT } from './node.ts'
import type { Views } from './views.ts'

/** Tells all reports of a worker, in order, and empties its log. `base` is the number of the first state of this memory. */
export function tell(views: Views, worker: number, base: number, listener: Listener): void {
  const log = views.log(worker)
  const reports = log[0] as number
  for (let i = 0; i < reports; i++) {
    const word = (n: number): number => log[1 + i * REPORT_WORDS + n] as number
    const [kind, state, what, value] = [word(0), base + word(1), word(2), word(4)]
    if (kind === REPORT.flag) listener.flag(state, what)
    else if (kind === REPORT.halt) listener.halt(state, what)
    else if (kind === REPORT.bound) listener.bound(state, what, word(3), value)
    else if (kind === REPORT.watched) listener.watched(state, what)
    else if (kind === REPORT.impossible) listener.impossible(state, what)
    else {
      const { least, most } = views
      least[what] = Math.min(value, least[what] as number)
      most[what] = Math.max(value, most[what] as number)
    }
  }
  log[0] = 0
}
