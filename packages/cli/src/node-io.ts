/** The host is Node. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { EXIT } from './exit.ts'
import type { Io } from './io.ts'

export function nodeIo(): Io {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => outputFailed(error, stream))
  return {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    terminal: {
      out: process.stdout.isTTY === true,
      err: process.stderr.isTTY === true,
      columns: process.stdout.columns || process.stderr.columns || 80,
    },
    env: process.env,
    read: (file) => readFileSync(file, 'utf8'),
    load: loadModule,
    onInterrupt(stop) {
      // Heard once: the second one finds no listener and ends the process, even in the middle of a long step.
      process.once('SIGINT', stop)
      return () => process.removeListener('SIGINT', stop)
    },
    pause: () => new Promise((resume) => setImmediate(resume)),
    now: () => performance.now(),
  }
}

/** jiti is loaded only for what Node cannot import by itself. */
export async function loadModule(file: string): Promise<unknown> {
  const path = resolve(file)
  // So that a missing file is told from a missing import.
  readFileSync(path)
  if (/\.m?js$/.test(path)) return import(pathToFileURL(path).href)
  const { createJiti } = await import('jiti')
  return createJiti(pathToFileURL(path).href).import(path)
}

/** `mmulab list | head -1` is no mistake and needs no words; a full disk is one. */
function outputFailed(error: NodeJS.ErrnoException, stream: NodeJS.WriteStream): never {
  if (error.code !== 'EPIPE' && stream !== process.stderr)
    process.stderr.write(
      `mmulab: The output could not be written: ${error.message}.\n  code   OUTPUT\n`,
    )
  process.exit(EXIT.output)
}
