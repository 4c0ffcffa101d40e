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
import { measureSearch, withoutLiveness } from './measure.ts'

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
  /** States per second of one or several workers, on the wall; and how many times as fast as one, run by run. */
  readonly workers: Readonly<
    Record<string, { readonly statesPerSecond: number; readonly speedup: Spread }>
  >
}

/** Started before anything is measured, as the command line starts it before anything is recorded. */
const spawn = threadsOfNode(Worker, 1)

/** Runs both sides on one world `runs` times. @throws when SPIN or gcc is missing, or memory is */
export function againstSpin(
  lab: Lab,
  name: CellName,
  runs: number,
  tell: (what: string) => void,
): PeerRow {
  const linked = link(buildNamed(lab, name).world)
  const folder = mkdtempSync(join(tmpdir(), 'mmulab-bench-'))
  try {
    build(folder, linked)
    const pairs: Pair[] = []
    for (let i = 0; i < runs; i++) {
      tell(`run ${i + 1} of ${runs}`)
      const m = measureSearch(withoutLiveness(linked))
      const ours = { ...m, seconds: m.searchSeconds }
      const two = measureSearch(withoutLiveness(linked), { count: 2, spawn })
      const same = two.states === m.states && two.transitions === m.transitions
      if (!same) throw new Error('two workers do not count what one counts')
      const times: [number, number] = [m.searchTime, two.searchTime]
      pairs.push({ ours, times, theirs: pan(folder, 'full', m.states) })
    }
    tell('SPIN with its reduction')
    const reduced = pan(folder, 'reduced', at(pairs, 0).ours.states)
    return row(name, pairs, reduced)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function row(name: CellName, pairs: readonly Pair[], reduced: Side): PeerRow {
  const { ours, theirs } = at(pairs, 0)
  const rate = (s: Side): number => s.states / s.seconds
  const statesPerSecond = spread(pairs.map((p) => rate(p.ours))).median
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

function build(folder: string, linked: Linked): void {
  writeFileSync(join(folder, 'world.pml'), promela(linked))
  run(folder, 'spin', ['-a', '-o1', '-o2', '-o3', 'world.pml'])
  const options = ['-O2', '-DSAFETY', '-DVECTORSZ=4096', '-w']
  run(folder, 'gcc', [...options, '-DNOREDUCE', '-o', 'full', 'pan.c'])
  run(folder, 'gcc', [...options, '-o', 'reduced', 'pan.c'])
}

/** Slots of SPIN's stack, some 50 bytes each. */
const DEEPEST = 20_000_000

/** `times` of the shell tells the CPU seconds of what it ran. */
function pan(folder: string, program: 'full' | 'reduced', states: number): Side {
  // One slot of the table per state or more, as SPIN advises. A path is never longer than there are states.
  const bits = Math.ceil(Math.log2(states))
  const depth = Math.min(states + 1000, DEEPEST)
  const out = run(folder, 'sh', ['-c', `./${program} -E -A -n -m${depth} -w${bits} && times`])
  const reader = panReader()
  reader.read(out)
  const report = reader.report()
  const seconds = [...(out.trimEnd().split('\n').at(-1) ?? '').matchAll(/(\d+)m([\d.]+)s/g)]
    .map(([, m, s]) => Number(m) * 60 + Number(s))
    .reduce((a, b) => a + b, 0)
  if (!report || report.truncated) throw new Error(`SPIN did not come to its end:\n${out}`)
  return {
    states: report.states,
    transitions: report.transitions,
    // The shell's clock ticks a hundred times a second.
    seconds: Math.max(0.01, seconds),
    bytesPerState: report.bytes / report.states,
  }
}

function run(folder: string, program: string, args: readonly string[]): string {
  const done = spawnSync(program, args, { cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 26 })
  if (done.error)
    throw new Error(`${program} could not be started; the comparison needs spin and gcc on PATH`)
  if (done.status !== 0) throw new Error(`${program} failed: ${done.stdout}${done.stderr}`)
  return done.stdout
}

function at<T>(list: readonly T[], i: number): T {
  const x = list[i]
  if (x === undefined) throw new Error('no run at all')
  return x
}
