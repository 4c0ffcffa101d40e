/**
 * `--ways`: the same search by one thread, by two that share memory, by one that sends messages to two others, and by one in several memories. CPU
 * seconds are those of all threads and, on Linux, of the first one, which no search is faster than; a clock on the wall says something
 * on an idle machine only. Each way runs several times in turn, and the run that took least CPU counts.
 */
import { existsSync, readFileSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { type CheckOptions, checkInSlices, type Linked, link, threadsOfNode } from '@mmulab/checker'
import { buildNamed, type CellName, createLab, formatCell } from '@mmulab/compare'
import { standard } from '@mmulab/standard'
import { cpuSeconds, withoutLiveness } from './measure.ts'
import { WAYS_WORLDS } from './worlds.ts'

const threads = { spawn: threadsOfNode(Worker), patience: 10_000 }

const WAYS: readonly (readonly [string, CheckOptions])[] = [
  ['one thread', {}],
  ['two, shared memory', { workers: { ...threads, count: 2 } }],
  ['three, messages', { workers: { ...threads, count: 3, messages: 'always' } }],
  ['memories of 32 MiB', { shard: { bytes: 2 ** 25 } }],
  ['memories of 16 MiB', { shard: { bytes: 2 ** 24 } }],
]

interface Way {
  readonly way: string
  readonly states: number
  readonly memories: number
  readonly seconds: number
  readonly cpuSeconds: number
  /** Of the first thread; undefined where the system does not say. */
  readonly first: number | undefined
}

export async function measureWays(json: boolean, runs: number): Promise<void> {
  const lab = createLab(standard)
  const worlds: { name: string; ways: readonly Way[] }[] = []
  for (const name of WAYS_WORLDS) {
    const ways = await measureWorld(withoutLiveness(link(buildNamed(lab, name).world)), runs)
    worlds.push({ name: formatCell(name), ways })
    if (!json) process.stdout.write(textOf(name, ways))
  }
  if (json) process.stdout.write(`${JSON.stringify({ schema: 1, runs, worlds })}\n`)
}

export async function measureWorld(linked: Linked, runs: number): Promise<Way[]> {
  const best = new Map<string, Way>()
  for (let run = 0; run < runs; run++)
    for (const [way, options] of WAYS) {
      const measured = { way, ...(await measureWay(linked, options)) }
      const known = best.get(way)
      if (!known || measured.cpuSeconds < known.cpuSeconds) best.set(way, measured)
    }
  return [...best.values()]
}

async function measureWay(linked: Linked, options: CheckOptions): Promise<Omit<Way, 'way'>> {
  const [cpu, own, begin] = [cpuSeconds(), firstThread(), performance.now()]
  const slices = checkInSlices(linked, { ...options, reductions: {} })
  for (;;) {
    const slice = slices.next()
    if (slice.done) {
      const { states, memories = 1 } = slice.value
      const seconds = (performance.now() - begin) / 1000
      const after = firstThread()
      const first = own === undefined || after === undefined ? undefined : after - own
      return { states, memories, seconds, cpuSeconds: cpuSeconds() - cpu, first }
    }
    await slice.value.wait
  }
}

/** CPU seconds of the thread that is called as the process is. */
function firstThread(): number | undefined {
  const file = `/proc/self/task/${process.pid}/stat`
  if (!existsSync(file)) return undefined
  const fields = readFileSync(file, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}

function textOf(name: CellName, ways: readonly Way[]): string {
  const lines = ways.map(
    ({ way, memories, seconds, cpuSeconds: cpu, first }) =>
      `  ${way.padEnd(20)} ${seconds.toFixed(2).padStart(8)} s ${cpu.toFixed(2).padStart(8)} CPU s, the first thread ${first?.toFixed(2) ?? '?'}  ${memories > 1 ? `${memories} memories` : ''}`,
  )
  const states = ways[0]?.states.toLocaleString('en')
  return `\n${formatCell(name)}, ${states} states\n${lines.join('\n')}\n`
}
