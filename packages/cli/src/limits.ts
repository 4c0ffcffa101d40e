/** How much of a cell is looked at, and how: limits, threads, reductions and modes, as options. */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { type CheckOptions, type Mode, threadsOfNode } from '@mmulab/checker'
import { type Command, Option } from 'commander'
import { bytes, positive, reductions, usage } from './usage.ts'

export interface LimitOptions {
  readonly maxMemory?: string
  readonly shardSize?: string
  readonly maxStates?: string
  readonly maxTime?: string
  readonly workers?: string
  readonly progress?: boolean
  readonly reductions?: string
  readonly mode?: string
  readonly seed?: string
  readonly walks?: string
  readonly steps?: string
}

export interface Limits
  extends Pick<
    CheckOptions,
    'maxBytes' | 'maxStates' | 'reductions' | 'mode' | 'pairs' | 'all' | 'workers' | 'shard'
  > {
  /** Milliseconds for each cell. */
  readonly maxTime?: number
}

/** @throws LabError BAD_SIZE, BAD_NUMBER, BAD_TIME, BAD_REDUCTION, BAD_MODE, OPTION_UNUSED */
export function limitsOf(o: LimitOptions): Limits {
  const mode = modeOf(o)
  const count = o.workers === undefined ? 1 : whole('workers', o.workers, 1)
  const ahead = Math.min(count, availableParallelism()) - 1
  return {
    ...(count > 1 && {
      workers: { count, spawn: threadsOfNode(Worker, ahead), messages: 'where needed' },
    }),
    ...(o.maxMemory !== undefined && { maxBytes: bytes(o.maxMemory) }),
    ...(o.shardSize !== undefined && { shard: { bytes: shardSize(o.shardSize, o) } }),
    ...(o.maxStates !== undefined && { maxStates: positive(o.maxStates) }),
    ...(o.maxTime !== undefined && { maxTime: milliseconds('--max-time', o.maxTime) }),
    ...(o.reductions !== undefined &&
      o.reductions !== 'auto' && { reductions: reductions(o.reductions) }),
    ...(mode && { mode }),
  }
}

/** Modes store nothing that could go on in another memory. */
function shardSize(text: string, { mode }: LimitOptions): number {
  if (mode !== undefined)
    throw usage(
      'OPTION_UNUSED',
      '--shard-size is for a search of everything, and a mode is asked for.',
      'Leave out --shard-size, or --mode.',
    )
  return bytes(text)
}

const MODES = 'random, pct=DEPTH, preemptions=N, bitstate, bitstate=SIZE'

export const withLimits = (verb: Command): Command =>
  verb
    .option('--max-memory <size>', 'for the whole process, such as 512M or 2G')
    .option('--shard-size <size>', 'when the table goes on in another memory (4G, the most)')
    .option('--max-states <n>', 'states of a cell; what is not explored is unfinished')
    .option('--workers <n>', 'threads that share a search (1)')
    .option('--max-time <time>', 'for each cell, such as 90s, 5m or 1h')
    .addOption(new Option('--mode <mode>', `look at a part of each cell only: ${MODES}`))
    .option('--progress', 'lines of progress on stderr though it is no terminal')
    .option('--seed <n>', 'of random walks and PCT (1)')
    .option('--walks <n>', 'how many of them (1000)')
    .option('--steps <n>', 'after which a walk is given up (2000)')

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** `90s`, `5m`, `1h`. @throws LabError BAD_TIME */
export function milliseconds(option: string, text: string): number {
  const [, number, unit = 's'] = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h)?$/.exec(text.trim()) ?? []
  const value = Number(number) * (UNITS[unit] ?? Number.NaN)
  if (!(value >= 1))
    throw usage('BAD_TIME', `${text} is not a time.`, `For example ${option} 90s, 5m or 1h.`)
  return value
}

/** The time limit in words. */
export const timeWords = (ms: number): string =>
  ms >= 60_000 && ms % 60_000 === 0 ? `${ms / 60_000} min` : `${ms / 1000} s`

function modeOf(o: LimitOptions): Mode | undefined {
  const walks = {
    ...(o.seed !== undefined && { seed: whole('seed', o.seed, 0) }),
    ...(o.walks !== undefined && { walks: whole('walks', o.walks, 1) }),
    ...(o.steps !== undefined && { steps: whole('steps', o.steps, 1) }),
  }
  const mode = o.mode === undefined ? undefined : modeNamed(o.mode, walks)
  const [unused] = Object.keys(walks)
  if (unused !== undefined && mode?.kind !== 'random' && mode?.kind !== 'pct')
    throw usage(
      'OPTION_UNUSED',
      `--${unused} is for walks, and none are asked for.`,
      'Add --mode random, or --mode pct=3.',
    )
  return mode
}

function modeNamed(text: string, walks: Omit<Mode & { kind: 'random' }, 'kind'>): Mode {
  const [name = '', value] = text.trim().split('=')
  if (name === 'random' && value === undefined) return { kind: 'random', ...walks }
  if (name === 'pct' && value !== undefined)
    return { kind: 'pct', depth: whole('mode pct', value, 1), ...walks }
  if (name === 'preemptions' && value !== undefined)
    return { kind: 'preemptions', most: whole('mode preemptions', value, 0) }
  if (name === 'bitstate') return { kind: 'bitstate', ...(value && { bytes: bytes(value) }) }
  throw usage(
    'BAD_MODE',
    `There is no mode ${text.trim() || 'without a name'}.`,
    'For example --mode random, or --mode pct=3.',
    MODES.split(', '),
  )
}

export function whole(option: string, text: string, least: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text.trim()) || value < least || !Number.isSafeInteger(value))
    throw usage(
      'BAD_NUMBER',
      `--${option} wants a whole number of at least ${least}, not ${text}.`,
      `For example --${option}${option.startsWith('mode') ? '=' : ' '}${Math.max(least, 3)}.`,
    )
  return value
}
