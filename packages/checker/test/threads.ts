/** Threads of Node, as the command line starts them. */
import { Worker } from 'node:worker_threads'
import type { Spawn } from '../src/engine.ts'

export const spawn: Spawn = (text, data) => {
  const code = `(${text})(require('node:worker_threads').workerData)`
  const worker = new Worker(code, { eval: true, workerData: data })
  worker.unref()
  return { stop: () => void worker.terminate() }
}
