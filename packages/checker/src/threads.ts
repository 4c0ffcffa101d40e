/**
 * Threads of the host, which run a text: workers of Node, whose class is given because nothing here needs Node, and those of a page.
 * The text is that of a function of `data` and of a port, through which both sides speak where somebody hears.
 */
import type { Spawn } from './engine.ts'

interface NodeWorker {
  on(event: 'message' | 'error', hear: (message: unknown) => void): unknown
  postMessage(message: object, transfer?: ArrayBuffer[]): void
  ref(): void
  unref(): void
  terminate(): unknown
}

/** `Worker` of `node:worker_threads`. */
type NodeWorkers = new (code: string, options: { eval: true }) => NodeWorker

const NODE = `const { parentPort } = require('node:worker_threads')
parentPort.once('message', ({ text, data }) => (0, eval)('(' + text + ')')(data, parentPort))`

/**
 * Starts `ahead` threads at once: they come up while procedures are recorded. A thread ends with the search that it was taken for, so that
 * its memory is given back, and another is started for the next.
 */
export function threadsOfNode(Worker: NodeWorkers, ahead: number = 0): Spawn {
  const start = (): NodeWorker => {
    const worker = new Worker(NODE, { eval: true })
    // One that nobody hears waits for work, and for orders between its turns; that is no reason for the process to go on.
    worker.unref()
    return worker
  }
  const ready = Array.from({ length: ahead }, start)
  return (text, data, hear) => {
    const worker = ready.shift() ?? start()
    if (hear) {
      worker.ref()
      worker.on('message', hear)
      worker.on('error', (error) => hear({ failed: String(error) }))
    }
    worker.postMessage({ text, data })
    return {
      post: (message, transfer) => worker.postMessage(message, transfer),
      stop() {
        void worker.terminate()
        if (ready.length < ahead) ready.push(start())
      },
    }
  }
}

interface Page {
  readonly Worker: new (
    url: string,
  ) => {
    onmessage: (event: { data: unknown }) => void
    onerror: (event: { message?: string }) => void
    postMessage(message: object, transfer?: ArrayBuffer[]): void
    terminate(): void
  }
  readonly Blob: new (parts: string[], options: { type: string }) => object
  readonly URL: { createObjectURL(blob: object): string; revokeObjectURL(url: string): void }
}

/** Web Workers, started by a page or by one of its workers. */
export const threadsOfPage: Spawn = (text, data, hear) => {
  const { Worker, Blob, URL } = globalThis as unknown as Page
  const code = `onmessage = ({ data }) => { onmessage = null; (${text})(data, globalThis) }`
  const url = URL.createObjectURL(new Blob([code], { type: 'text/javascript' }))
  const worker = new Worker(url)
  worker.onmessage = (event) => hear?.(event.data)
  worker.onerror = (event) => hear?.({ failed: event.message || 'it could not be started' })
  worker.postMessage(data)
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    stop() {
      worker.terminate()
      URL.revokeObjectURL(url)
    },
  }
}
