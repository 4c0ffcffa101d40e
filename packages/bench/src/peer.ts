/**
 * SPIN on the same worlds. Both sides search all states with no reduction, alternately, so that what else the machine does hits
 * both; a second run of SPIN with its partial-order reduction shows what that brings it.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { type Linked, link, panReader, promela, sameCounts, threadsOfNode } from '@mmulab/checker'
import { buildNamed, type CellName, formatCell, type Lab } from '@mmulab/compare'
import { cpuSeconds, measureSearch, withoutLiveness } from './measure.ts'

interface Side {
  readonly states: number
  readonly transitions: number
  readonly seconds: number
  readonly bytesPerState: number
}

interface Pair {
  readonly ours: Side
  /** Of one worker and of two, on the wall. */
  readonly times: readonly [number, number]
  readonly theirs: Side
}

interface Spread {
  readonly min: number
  readonly median: number
  readonly max: number
}

export interface PeerRow {
  readonly name: string
  readonly states: number
  readonly transitions: number
  readonly bytesPerState: number
  /** States per CPU second, this one over SPIN, one ratio per pair of runs. */
  readonly ratio: Spread
  /** The same for SPIN. */
  readonly spin: {
    readonly states: number
    readonly transitions: number
    readonly bytesPerState: number
    readonly statesPerSecond: number
    /** With its reduction, which keeps the verdicts of assertions but not those about progress. */
    readonly reduced: { readonly states: number; readonly seconds: number }
  }
  readonly agrees: boolean
  readonly statesPerSecond: number
  /**
   * CPU seconds from an edit to the end of the search, everything included: the world recorded and linked, and code made, for mmulab;
   * `spin` and `gcc`, once each, for SPIN. With the median search of either.
   */
  readonly cold: { readonly mmulab: number; readonly spin: number; readonly ratio: number }
  /** States per second of one or several workers, on the wall; and how many times as fast as one, run by run. */
  readonly workers: Readonly<
    Record<string, { readonly statesPerSecond: number; readonly speedup: Spread }>
  >
}

/** Started before anything is measured, as the command line starts it before anything is recorded. */
const spawn = threadsOfNode(Worker, 1)

/** Worlds of fewer states take SPIN some ticks of its clock only: there are more pairs, in each of which it runs several times in a row. */
const SHORT = 1_000_000
const MORE_RUNS = 3
const IN_A_ROW = 10

/** Runs both sides on one world `runs` times, or more often. @throws when SPIN or gcc is missing, or memory is */
export function againstSpin(
  lab: Lab,
  name: CellName,
  runs: number,
  tell: (what: string) => void,
): PeerRow {
  const begin = cpuSeconds()
  const linked = link(buildNamed(lab, name).world)
  const linking = cpuSeconds() - begin
  const folder = mkdtempSync(join(tmpdir(), 'mmulab-bench-'))
  try {
    const building = build(folder, linked)
    const pairs: Pair[] = []
    let wanted = runs
    for (let i = 0; i < wanted; i++) {
      tell(`run ${i + 1} of ${wanted}`)
      const m = measureSearch(withoutLiveness(linked))
      const ours = { ...m, seconds: m.searchSeconds }
      const two = measureSearch(withoutLiveness(linked), { count: 2, spawn })
      const same = two.states === m.states && two.transitions === m.transitions
      if (!same) throw new Error('two workers do not count what one counts')
      const times: [number, number] = [m.searchTime, two.searchTime]
      const isShort = m.states < SHORT
      if (isShort) wanted = runs * MORE_RUNS
      pairs.push({ ours, times, theirs: pan(folder, 'full', m.states, isShort ? IN_A_ROW : 1) })
    }
    tell('SPIN with its reduction')
    const reduced = pan(folder, 'reduced', at(pairs, 0).ours.states)
    return row(name, pairs, reduced, { linking, building })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** CPU seconds before the search, of either side. */
interface Before {
  readonly linking: number
  readonly building: number
}

function row(name: CellName, pairs: readonly Pair[], reduced: Side, before: Before): PeerRow {
  const { ours, theirs } = at(pairs, 0)
  const rate = (s: Side): number => s.states / s.seconds
  const statesPerSecond = spread(pairs.map((p) => rate(p.ours))).median
  const cold = {
    mmulab: before.linking + spread(pairs.map((p) => p.ours.seconds)).median,
    spin: before.building + spread(pairs.map((p) => p.theirs.seconds)).median,
  }
  return {
    name: formatCell(name),
    states: ours.states,
    transitions: ours.transitions,
    bytesPerState: ours.bytesPerState,
    ratio: spread(pairs.map((p) => rate(p.ours) / rate(p.theirs))),
    spin: {
      states: theirs.states,
      transitions: theirs.transitions,
      bytesPerState: theirs.bytesPerState,
      statesPerSecond: spread(pairs.map((p) => rate(p.theirs))).median,
      reduced: { states: reduced.states, seconds: reduced.seconds },
    },
    agrees: sameCounts(ours, theirs),
    statesPerSecond,
    cold: { ...cold, ratio: cold.spin / cold.mmulab },
    workers: {
      1: onTheWall(pairs, 0),
      2: onTheWall(pairs, 1),
    },
  }
}

const onTheWall = (pairs: readonly Pair[], which: 0 | 1) => ({
  statesPerSecond: spread(pairs.map((p) => p.ours.states / p.times[which])).median,
  speedup: spread(pairs.map((p) => p.times[0] / p.times[which])),
})

function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  return {
    min: at(sorted, 0),
    median: at(sorted, Math.floor((sorted.length - 1) / 2)),
    max: at(sorted, sorted.length - 1),
  }
}

/** Makes both programs of SPIN; CPU seconds that the one without its reduction took. */
function build(folder: string, linked: Linked): number {
  writeFileSync(join(folder, 'world.pml'), promela(linked))
  const gcc = 'gcc -O2 -DSAFETY -DVECTORSZ=4096 -w'
  const made = `spin -a -o1 -o2 -o3 world.pml && ${gcc} -DNOREDUCE -o full pan.c`
  const seconds = timed(folder, made).seconds
  timed(folder, `${gcc} -o reduced pan.c`)
  return seconds
}

/** Slots of SPIN's stack, some 50 bytes each. */
const DEEPEST = 20_000_000

/** `times`: how often it runs; its seconds are those of one run on average. */
function pan(folder: string, program: 'full' | 'reduced', states: number, times = 1): Side {
  // One slot of the table per state or more, as SPIN advises. A path is never longer than there are states.
  const bits = Math.ceil(Math.log2(states))
  const depth = Math.min(states + 1000, DEEPEST)
  const one = `./${program} -E -A -n -m${depth} -w${bits}`
  const others = Array.from({ length: times - 1 }, () => `${one} >/dev/null && `).join('')
  const { out, seconds } = timed(folder, others + one)
  const reader = panReader()
  reader.read(out)
  const report = reader.report()
  if (!report || report.truncated) throw new Error(`SPIN did not come to its end:\n${out}`)
  return {
    states: report.states,
    transitions: report.transitions,
    // The shell's clock ticks a hundred times a second.
    seconds: Math.max(0.01, seconds) / times,
    bytesPerState: report.bytes / report.states,
  }
}

/** What a line of the shell has written, and the CPU seconds of what it ran, which `times` of the shell tells. */
function timed(folder: string, line: string): { out: string; seconds: number } {
  const command = `${line} && times`
  const done = spawnSync('sh', ['-c', command], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  })
  if (done.status === 127)
    throw new Error('the comparison could not be started; it needs spin and gcc on PATH')
  if (done.error || done.status !== 0)
    throw new Error(`${line} failed: ${done.stdout}${done.stderr}`)
  const last = done.stdout.trimEnd().split('\n').at(-1) ?? ''
  const seconds = [...last.matchAll(/(\d+)m([\d.]+)s/g)]
    .map(([, m, s]) => Number(m) * 60 + Number(s))
    .reduce((a, b) => a + b, 0)
  return { out: done.stdout, seconds }
}

function at<T>(list: readonly T[], i: number): T {
  const x = list[i]
  if (x === undefined) throw new Error('no run at all')
  return x
}
