/** Threads of Node that share a search. */
import { Worker } from 'node:worker_threads'
import type { Spawn } from '@mmulab/checker'

export const spawn: Spawn = (text, data) => {
  const code = `(${text})(require('node:worker_threads').workerData)`
  const worker = new Worker(code, { eval: true, workerData: data })
  // It waits for orders between its turns; that is no reason for the process to go on.
  worker.unref()
  return { stop: () => void worker.terminate() }
}
