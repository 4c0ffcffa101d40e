#!/usr/bin/env node
/**
 * `npm run bench [-- --runs N] [--json]`: states per CPU second, bytes per state and time, on worlds made of shipped plugins. Machines
 * are noisy, so every world runs several times and the table has minimum, median and maximum of the rate.
 *
 * `--peer spin [--quick]` puts SPIN beside it; `--reductions` says what they bring, `--reductions --every
 * [--policy P] [--drivers A,B] [--from N] [--to N]` in every large cell of one device with so many states; `--ways` what threads and more memories do; `--judging` what
 * verdicts about the future take, `--recording` how long the slowest worlds are recorded.
 */
import { createLab } from '@mmulab/compare'
import { standard } from '@mmulab/standard'
import { EVERY, printEvery } from './every.ts'
import { measureJudging } from './judging.ts'
import { type Measurement, measure } from './measure.ts'
import { comparePeer } from './peer-report.ts'
import { measureRecording } from './recording.ts'
import { measureReductions } from './reductions.ts'
import { measureWays } from './ways.ts'
import { WORLDS } from './worlds.ts'

const args = process.argv.slice(2)
const json = args.includes('--json')
const after = (flag: string): string | undefined =>
  args.includes(flag) ? args[args.indexOf(flag) + 1] : undefined
const runs = Number(after('--runs')) || 3

/** What the checker is meant to reach on one worker. */
const TARGET = { statesPerSecond: 1_000_000, bytesPerState: 24, atLeastStates: 1_000_000 }

interface Row {
  readonly measured: Measurement
  readonly rate: { readonly min: number; readonly median: number; readonly max: number }
}

function row(runsOfWorld: readonly Measurement[]): Row {
  const sorted = [...runsOfWorld].sort((a, b) => a.statesPerSecond - b.statesPerSecond)
  const pick = (i: number): Measurement => sorted[i] as Measurement
  const measured = pick(Math.floor(sorted.length / 2))
  return {
    measured,
    rate: {
      min: pick(0).statesPerSecond,
      median: measured.statesPerSecond,
      max: pick(sorted.length - 1).statesPerSecond,
    },
  }
}

function measureAlone(): void {
  const lab = createLab(standard)
  const rows = WORLDS.map((world) => {
    if (!json)
      process.stderr.write(`${world.policy} ${world.drivers.join('+')} ${world.scenario} …\n`)
    return row(Array.from({ length: runs }, () => measure(lab, world)))
  })

  if (json) {
    const worlds = rows.map(({ measured, rate }) => ({ ...measured, rate }))
    process.stdout.write(`${JSON.stringify({ schema: 1, runs, target: TARGET, worlds })}\n`)
  } else {
    const million = (n: number): string => (n / 1e6).toFixed(2)
    for (const { measured: m, rate } of rows) {
      process.stdout.write(
        `${[
          `\n${m.name}`,
          `  states        ${m.states.toLocaleString('en')} (${m.words} words each)`,
          `  transitions   ${m.transitions.toLocaleString('en')}`,
          `  search        ${m.searchSeconds.toFixed(2)} CPU s; recording ${m.linkSeconds.toFixed(2)}`,
          `  states/CPU s  ${million(rate.median)} million (min ${million(rate.min)}, max ${million(rate.max)}, ${runs} runs)`,
          `  bytes/state   ${m.bytesPerState.toFixed(1)}`,
          judgingLine(m),
          ...(m.states >= TARGET.atLeastStates ? [verdict(m, rate.median)] : []),
        ].join('\n')}\n`,
      )
    }
  }
}

/** Progress, deadlock and all schedules: under a second at 200,000 states, under fifteen at six million. */
function judgingLine({ states, verdictSeconds }: Measurement): string {
  const allowed = Math.max(1, (15 * states) / 6e6)
  const met = verdictSeconds < allowed ? 'met' : 'MISSED'
  return `  judging       ${met}: ${verdictSeconds.toFixed(2)} CPU s, where ${allowed.toFixed(1)} are allowed`
}

function verdict(m: Measurement, rate: number): string {
  const fast = rate >= TARGET.statesPerSecond
  const small = m.bytesPerState <= TARGET.bytesPerState
  return `  target        ${fast ? 'met' : 'MISSED'}: 1 million states per CPU second; ${small ? 'met' : 'MISSED'}: ${TARGET.bytesPerState} bytes per state`
}

const peer = args.includes('--peer') ? (after('--peer') ?? '') : undefined
if (args.includes('--reductions') && args.includes('--every'))
  printEvery(
    {
      policy: after('--policy') ?? EVERY.policy,
      drivers: after('--drivers')?.split(','),
      from: Number(after('--from')) || EVERY.from,
      to: Number(after('--to')) || EVERY.to,
    },
    json,
  )
else if (args.includes('--reductions')) measureReductions(json)
else if (args.includes('--ways')) await measureWays(json, runs)
else if (args.includes('--judging')) measureJudging(json)
else if (args.includes('--recording')) measureRecording(json)
else if (peer === undefined) measureAlone()
else if (peer === 'spin') {
  if (!comparePeer({ json, runs, quick: args.includes('--quick') })) process.exitCode = 1
} else {
  process.stderr.write(`There is no peer called ${peer}; spin is the one.\n`)
  process.exitCode = 2
}
