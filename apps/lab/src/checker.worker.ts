/** The checker beside the page: explores the cell that it is told, slice by slice, and tells how far it is. */
import { runCell } from '@mmulab/compare'
import { lab } from './plugins.ts'
import { problemOf } from './problem.ts'
import type { Reply, Request } from './run/protocol.ts'
import { summarise } from './run/summary.ts'

/** A tab has less memory than a terminal; what was left out for it is said in the result. */
const MAX_STATES = 2 ** 24
/** Milliseconds between two words about progress. */
const PACE = 100

const say = (reply: Reply): void => postMessage(reply)

addEventListener('message', ({ data }: MessageEvent<Request>) => {
  const start = performance.now()
  let said = start
  try {
    const slices = runCell(lab, data.name, { maxStates: MAX_STATES })
    for (;;) {
      const slice = slices.next()
      const now = performance.now()
      const milliseconds = now - start
      if (slice.done) {
        say({ kind: 'summary', summary: summarise(slice.value, milliseconds) })
        return
      }
      if (now - said < PACE) continue
      said = now
      say({ kind: 'progress', explored: slice.value.explored, milliseconds })
    }
  } catch (error) {
    say({ kind: 'problem', problem: problemOf(error) })
  }
})
