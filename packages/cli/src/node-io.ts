/** The host is Node. */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { EXIT } from './exit.ts'
import { piecesOf, replaceFile } from './files.ts'
import type { Io } from './io.ts'
import { PACKAGE_MISSING } from './plugin.ts'

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
    pieces: piecesOf,
    replace: replaceFile,
    read: (file) => readFileSync(file, 'utf8'),
    ...modulesFrom(process.cwd()),
    again,
    onInterrupt(stop) {
      // Heard once: the second one finds no listener and ends the process, even in the middle of a long step.
      const signals = ['SIGINT', 'SIGTERM'] as const
      const forget = (): void => {
        for (const signal of signals) process.removeListener(signal, once)
      }
      const once = (): void => {
        forget()
        stop()
      }
      for (const signal of signals) process.on(signal, once)
      return forget
    },
    pause: () => new Promise((resume) => setImmediate(resume)),
    memory: () => process.memoryUsage.rss(),
    now: () => performance.now(),
  }
}

/** What goes wrong there is told there: stderr is the same. Ctrl-C is heard by both. */
function again(
  argv: readonly string[],
  line: (text: string) => void,
  stop: AbortSignal,
): Promise<number> {
  const [, script = ''] = process.argv
  const child = spawn(process.execPath, [...process.execArgv, script, ...argv], {
    stdio: ['ignore', 'pipe', 'inherit'],
    signal: stop,
  })
  const lines = createInterface({ input: child.stdout })
  lines.on('line', line)
  return new Promise((resolve, reject) => {
    let status: number | undefined
    let ended = false
    const done = (): void => {
      if (ended && status !== undefined) resolve(status)
    }
    lines.on('close', () => {
      ended = true
      done()
    })
    child.on('error', reject)
    child.on('exit', (code) => {
      status = code ?? EXIT.internal
      done()
    })
  })
}

type Modules = Pick<Io, 'cwd' | 'folderOf' | 'shown' | 'findUp' | 'load' | 'loadPackage'>

/** Files and packages as they are seen from a working directory. */
export const modulesFrom = (cwd: string): Modules => ({
  cwd,
  folderOf: (file) => dirname(resolve(cwd, file)),
  shown(file) {
    const path = relative(cwd, resolve(cwd, file))
    return path.startsWith('..') ? path : `./${path}`
  },
  findUp(names) {
    for (let dir = cwd; ; dir = dirname(dir)) {
      const found = names.map((name) => join(dir, name)).find((file) => existsSync(file))
      if (found !== undefined || dirname(dir) === dir) return found
    }
  },
  load: (file, beside) => loadModule(resolve(beside, file)),
  async loadPackage(name, beside) {
    const jiti = await jitiFor(join(beside, 'a-module-there.js'))
    const url = jiti.esmResolve(name, { try: true })
    if (!url)
      throw Object.assign(new Error(`there is no package ${name}`), { code: PACKAGE_MISSING })
    return loadModule(fileURLToPath(url))
  },
})

async function loadModule(path: string): Promise<unknown> {
  // So that a missing file is told from a missing import.
  readFileSync(path)
  if (/\.m?js$/.test(path)) return import(pathToFileURL(path).href)
  return (await jitiFor(path)).import(path)
}

/** Loaded only for what Node cannot do by itself. */
async function jitiFor(path: string) {
  const { createJiti } = await import('jiti')
  return createJiti(pathToFileURL(path).href)
}

/** `mmulab list | head -1` is no mistake and needs no words; a full disk is one. */
function outputFailed(error: NodeJS.ErrnoException, stream: NodeJS.WriteStream): never {
  if (error.code !== 'EPIPE' && stream !== process.stderr)
    process.stderr.write(
      `mmulab: The output could not be written: ${error.message}.\n  code   OUTPUT\n`,
    )
  process.exit(EXIT.output)
}
