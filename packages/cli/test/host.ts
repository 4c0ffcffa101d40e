/** A host that writes down what it is told. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Io } from '../src/io.ts'
import { modulesFrom } from '../src/node-io.ts'
import { run } from '../src/run.ts'

export interface Ran {
  readonly status: number
  readonly out: string
  readonly err: string
}

export interface HostOptions {
  readonly env?: Io['env']
  readonly terminal?: Partial<Io['terminal']>
  readonly read?: Io['read']
  readonly cwd?: string
  /** Ctrl-C after so many pauses. */
  readonly interruptAfter?: number
  /** Files that are written, and read again as bytes; a full disk throws. */
  readonly files?: Map<string, Uint8Array>
  readonly replace?: Io['replace']
  /** Bytes that the process is said to take. */
  readonly memory?: number
}

/** Records that come with the judge's own tests. */
export const RECORDS = new URL('../../records/test/fixtures/', import.meta.url)

/** An io that remembers what it was told. */
export function host(options: HostOptions = {}): {
  io: Io
  said: () => { out: string; err: string }
} {
  let [out, err, pauses, clock] = ['', '', 0, 0]
  const files = options.files ?? new Map<string, Uint8Array>()
  let interrupt: (() => void) | undefined
  const io: Io = {
    out: (text) => {
      out += text
    },
    err: (text) => {
      err += text
    },
    terminal: { out: false, err: false, columns: 100, ...options.terminal },
    env: options.env ?? {},
    read: options.read ?? ((file) => readFileSync(new URL(file, RECORDS), 'utf8')),
    pieces(file) {
      const bytes = files.get(file)
      if (!bytes) throw Object.assign(new Error(`no ${file}`), { code: 'ENOENT' })
      return {
        size: bytes.length,
        *read() {
          for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000)
        },
      }
    },
    replace:
      options.replace ??
      ((file, pieces) => {
        files.set(file, Buffer.concat([...pieces]))
      }),
    ...modulesFrom(options.cwd ?? process.cwd()),
    // A configuration above the working directory of the tests is none of theirs.
    ...(options.cwd === undefined && { findUp: () => undefined }),
    onInterrupt(stop) {
      interrupt = stop
      return () => {
        interrupt = undefined
      }
    },
    async pause() {
      if (++pauses === options.interruptAfter) interrupt?.()
    },
    memory: () => options.memory ?? 0,
    now: () => {
      clock += 1000
      return clock
    },
  }
  return { io, said: () => ({ out, err }) }
}

/** Runs the command in this process. Files are records that come with the judge's own tests. */
export async function mmulab(args: readonly string[], options: HostOptions = {}): Promise<Ran> {
  const { io, said } = host(options)
  const status = await run(args, io)
  return { status, ...said() }
}

/** Words of a command line; none of ours has quotes in it. */
export const words = (line: string): string[] => line.split(' ').filter((w) => w !== '')

/** What the programs that a verb runs need of the environment, and nothing that colours. */
export const PATH_ONLY: Io['env'] = { PATH: process.env.PATH }

/** Without SPIN its tests say that they did not run; MMULAB_NO_SKIP makes that a failure. */
export function hasSpin(): boolean {
  const has = (program: string): boolean =>
    spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined
  if (has('spin') && has('gcc')) return true
  const said = 'SPIN or gcc is not installed: the cross-check with SPIN did NOT run'
  if (process.env.MMULAB_NO_SKIP) throw new Error(said)
  console.warn(`\n*** ${said} ***\n`)
  return false
}
