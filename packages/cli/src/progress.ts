/** One line on stderr, drawn again and again, where a person is looking. */
import type { Progress } from '@mmulab/checker'
import { grouped } from '@mmulab/report'
import type { Io } from './io.ts'

export interface ProgressLine {
  /** `at` of `of`, counted from 1. */
  show(at: number, of: number, what: string, progress?: Progress): void
  clear(): void
}

const EVERY = 100
/** Where nobody sees a line drawn again, a new one now and then. */
const PLAIN_EVERY = 5000
/** Once so many states are explored it is guessed how many there are: less are done before the guess would be. */
const GUESSED_AT = 100_000
/** Of worlds with more states it is said beforehand: they take seconds. */
const LONG = 2_000_000

/** `plain`: lines on stderr though it is no terminal. */
export function progressLine(io: Io, wanted: boolean, plain = false): ProgressLine {
  const drawn = io.terminal.err
  if (!wanted || !(drawn || plain)) return { show() {}, clear() {} }
  let last = Number.NEGATIVE_INFINITY
  let shown = false
  let cell = 0
  let began = io.now()
  let sized = false
  return {
    show(at, of, what, progress) {
      const now = io.now()
      if (at !== cell) {
        cell = at
        began = now
        sized = false
      }
      if (!sized && progress && progress.explored >= GUESSED_AT) {
        sized = true
        const size = sizeWords(progress)
        if (size !== undefined)
          io.err(`${shown ? '\r\u001b[K' : ''}[${at}/${of}] ${what}: ${size}\n`)
      }
      if (now - last < (drawn ? EVERY : PLAIN_EVERY)) return
      last = now
      const words = progress ? `: ${progressWords(progress, now - began, io.memory())}` : ''
      const text = `[${at}/${of}] ${what}${words}`
      shown = drawn
      if (drawn) io.err(`\r\u001b[K${text.slice(0, Math.max(20, io.terminal.columns - 1))}`)
      else io.err(`${text}\n`)
    },
    clear() {
      if (shown) io.err('\r\u001b[K')
      shown = false
    },
  }
}

/** How large a world is, if it is large. */
function sizeWords(p: Progress): string | undefined {
  const guess = p.judging || p.isSearched ? undefined : p.estimate?.()
  if (!guess || guess.states < LONG) return undefined
  const least = Math.max(p.explored + p.waiting, guess.states / guess.factor)
  return `about ${rounded(guess.states)} states without reductions, by a guess from the first ${rounded(p.explored)}; hardly fewer than ${rounded(least)} or more than ${rounded(guess.states * guess.factor)}`
}

/** What matters most comes first: a narrow terminal cuts the rest off. */
function progressWords(p: Progress, milliseconds: number, memory: number): string {
  if (p.judging) {
    const { what, done, of } = p.judging
    return `${grouped(p.explored)} explored, judging: ${what} ${Math.floor((100 * done) / Math.max(1, of))}%`
  }
  const rate = milliseconds > 0 ? Math.round((p.explored / milliseconds) * 1000) : 0
  const guess = p.estimate?.()
  const about = guess ? `, of about ${rounded(guess.states)} (${guess.factor}x more or less)` : ''
  const mb = memory > 0 ? `, ${grouped(Math.round(memory / 2 ** 20))} MiB` : ''
  const apart = (p.memories ?? 1) > 1 ? ` in ${p.memories} memories` : ''
  return `${grouped(p.explored)} explored, ${grouped(p.waiting)} waiting, depth ${p.depth}, ${grouped(rate)}/s${mb}${apart}${about}`
}

/** Two digits: more would be a lie. */
const rounded = (n: number): string => grouped(Number(n.toPrecision(2)))
