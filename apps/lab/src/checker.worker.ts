/**
 * The checker beside the page: explores the cell that it is told, slice by slice, and tells how far it is. For large cells it starts
 * workers of its own: they share its memory where the page is isolated from other origins, and are sent messages elsewhere.
 */
import { type Spawn, threadsOfPage } from '@mmulab/checker'
import { runCell } from '@mmulab/compare'
import { lab } from './plugins.ts'
import { problemOf } from './problem.ts'
import type { Reply, Request } from './run/protocol.ts'
import { summarise } from './run/summary.ts'

/** A tab has less memory than a terminal; what was left out for it is said in the result. */
const MAX_STATES = 2 ** 24
/** Milliseconds between two words about progress. */
const PACE = 100
/** More bring little, and other tabs want some of them. */
const MOST_WORKERS = 4
/**
 * Messages cost: only where two others have a processor each is their work done sooner than one does it alone
 * (`npm run bench -- --ways`).
 */
const MESSAGES_FROM = 3

const say = (reply: Reply): void => postMessage(reply)

/** Lets messages in. */
const breath = (): Promise<void> =>
  new Promise((resume) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resume()
    }
    port2.postMessage(undefined)
  })

addEventListener('message', async ({ data }: MessageEvent<Request>) => {
  const start = performance.now()
  let said = start
  let isHelped = false
  const spawn: Spawn = (...args) => {
    isHelped = true
    return threadsOfPage(...args)
  }
  const count = Math.min(data.processors, MOST_WORKERS)
  const messages = count < MESSAGES_FROM ? undefined : 'where needed'
  try {
    const workers = { count, spawn, messages } as const
    const slices = runCell(lab, data.name, { maxStates: MAX_STATES, workers })
    for (;;) {
      const slice = slices.next()
      const now = performance.now()
      const milliseconds = now - start
      if (slice.done) {
        // A check of several searches calls as many for each of them; those of one work at a time.
        const helpers = isHelped ? count - 1 : 0
        say({ kind: 'summary', summary: summarise(slice.value, milliseconds, helpers) })
        return
      }
      await slice.value.wait
      if (now - said < PACE) continue
      said = now
      say({ kind: 'progress', explored: slice.value.explored, milliseconds })
      // Workers have to be heard to be started.
      await breath()
    }
  } catch (error) {
    say({ kind: 'problem', problem: problemOf(error) })
  }
})
