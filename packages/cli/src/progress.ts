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

export function progressLine(io: Io, wanted: boolean): ProgressLine {
  if (!wanted || !io.terminal.err) return { show() {}, clear() {} }
  let drawn = Number.NEGATIVE_INFINITY
  let shown = false
  let cell = 0
  let began = io.now()
  return {
    show(at, of, what, progress) {
      const now = io.now()
      if (at !== cell) {
        cell = at
        began = now
      }
      if (now - drawn < EVERY) return
      drawn = now
      shown = true
      const text = `[${at}/${of}] ${what}${progress ? `: ${progressWords(progress, now - began)}` : ''}`
      io.err(`\r\u001b[K${text.slice(0, Math.max(20, io.terminal.columns - 1))}`)
    },
    clear() {
      if (shown) io.err('\r\u001b[K')
      shown = false
    },
  }
}

function progressWords(p: Progress, milliseconds: number): string {
  if (p.judging) {
    const { what, done, of } = p.judging
    return `${grouped(p.explored)} explored, judging: ${what} ${Math.floor((100 * done) / Math.max(1, of))}%`
  }
  const rate = milliseconds > 0 ? Math.round((p.explored / milliseconds) * 1000) : 0
  return `${grouped(p.explored)} explored, ${grouped(p.waiting)} waiting, depth ${p.depth}, ${grouped(rate)}/s`
}
