/** Runs SPIN on an exported world: `spin` makes a C program of it, `gcc` a judge, and what that says is read. */
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve as resolvePath } from 'node:path'
import { type PanReport, panReader } from '@mmulab/checker'
import { LabError } from '@mmulab/model'

export interface SpinHost {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Ends whatever runs; `judge` then throws. */
  readonly signal?: AbortSignal
}

/** States after which it pays to compile with optimisation. */
const LARGE = 500_000

/** @throws LabError SPIN_MISSING when one of the programs is not there */
export async function requireSpin(host: SpinHost): Promise<void> {
  await run('spin', ['-V'], '.', host)
  await run('gcc', ['--version'], '.', host)
}

/** All states of the world, with no reduction; `states` is how many there should be. */
export async function judge(world: string, states: number, host: SpinHost): Promise<PanReport> {
  const folder = await mkdtemp(join(host.env.TMPDIR ?? tmpdir(), 'mmulab-spin-'))
  try {
    await writeFile(join(folder, 'world.pml'), world)
    await run('spin', ['-a', '-o1', '-o2', '-o3', 'world.pml'], folder, host)
    const options = [
      states > LARGE ? '-O2' : '-O0',
      '-DSAFETY',
      '-DNOREDUCE',
      '-DVECTORSZ=4096',
      '-w',
    ]
    await run('gcc', [...options, '-o', 'pan', 'pan.c'], folder, host)
    const reader = panReader()
    // A path is never longer than there are states. -c0: go on after an error.
    const bits = Math.max(16, Math.ceil(Math.log2(states)))
    const pan = join(folder, 'pan')
    await run(pan, [`-m${states + 1000}`, `-w${bits}`, '-c0'], folder, host, reader.read)
    const report = reader.report()
    if (!report || report.truncated) throw failed('pan', 'It did not come to its end.')
    return report
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function run(
  program: string,
  args: readonly string[],
  cwd: string,
  { env, signal }: SpinHost,
  read: (text: string) => void = () => {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    // The compiler's own temporary files lie where they are cleared up with the rest.
    const child = spawn(program, args, {
      cwd,
      env: { ...env, TMPDIR: resolvePath(cwd) },
      ...(signal && { signal }),
    })
    let said = ''
    const hear = (text: string): void => {
      if (said.length < 2000) said += text
    }
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      hear(text)
      read(text)
    })
    child.stderr.setEncoding('utf8').on('data', hear)
    let stopped: Error | undefined
    child.on('error', (error: NodeJS.ErrnoException) => {
      // Who is told to stop may still write; nothing is cleared up before its end.
      if (signal?.aborted && child.pid !== undefined) stopped = error
      else reject(error.code === 'ENOENT' ? missing(program) : error)
    })
    child.on('close', (status) => {
      if (stopped) reject(stopped)
      else if (status === 0) resolve()
      else reject(failed(program, said.trim().split('\n')[0] ?? ''))
    })
  })
}

const missing = (program: string): LabError =>
  new LabError({
    code: 'SPIN_MISSING',
    kind: 'usage',
    message: `There is no ${program} on PATH; the cross-check needs spin and gcc.`,
    hint: 'Install SPIN 6.5 and a C compiler, on Debian and Ubuntu: apt install spin gcc',
  })

const failed = (program: string, said: string): LabError =>
  new LabError({
    code: 'SPIN_FAILED',
    kind: 'internal',
    message: `SPIN could not judge an exported world: ${program} failed. ${said}`,
    hint: 'mmulab export --format promela writes what it was given.',
  })
