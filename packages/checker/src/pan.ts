/** What `pan`, the program that SPIN makes of an exported world, says on stdout. */

export interface PanReport {
  readonly states: number
  /** Without arriving at the initial state, which SPIN counts as well. */
  readonly transitions: number
  /** What assertions spoke of that failed: see `brokenName`. */
  readonly broken: ReadonlySet<string>
  /** A state was found in which nobody can move and somebody has not finished. */
  readonly stuck: boolean
  /** States beyond the depth that was given (-m), or beyond memory, were left out. */
  readonly truncated: boolean
  /** Table and stored states together, without the stack of the search. */
  readonly bytes: number
}

/** Whether SPIN counted the same. It prints eight digits of a count, arriving at the initial state included. */
export const sameCounts = (
  { states, transitions }: Pick<PanReport, 'states' | 'transitions'>,
  spin: Pick<PanReport, 'states' | 'transitions'>,
): boolean => printed(states) === spin.states && printed(transitions + 1) === spin.transitions + 1

const printed = (n: number): number => Number(n.toPrecision(8))

export interface PanReader {
  /** Any part of the output, in order. */
  read(text: string): void
  /** Undefined when the output is no report of a finished run. */
  report(): PanReport | undefined
}

/** With -c0 every failed assertion is a line: millions of them are read as they come, not kept. */
export function panReader(): PanReader {
  const broken = new Set<string>()
  const numbers = new Map<string, number>()
  let [stuck, truncated, rest] = [false, false, '']
  const line = (text: string): void => {
    if (text.startsWith('pan:')) {
      const name = /assertion violated +!\((\w+)\)/.exec(text)?.[1]
      if (name !== undefined) broken.add(name)
      if (text.includes('invalid end state')) stuck = true
    }
    if (/max search depth too small|out of memory|truncated/.test(text)) truncated = true
    for (const [what, pattern] of PATTERNS) {
      const found = pattern.exec(text)?.[1]
      if (found !== undefined) numbers.set(what, Number(found))
    }
  }
  return {
    read(text) {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const l of lines) line(l)
    },
    report() {
      line(rest)
      const states = numbers.get('states')
      const transitions = numbers.get('transitions')
      if (states === undefined || transitions === undefined) return undefined
      const megabytes = (numbers.get('stored') ?? 0) + (numbers.get('table') ?? 0)
      return {
        states,
        transitions: transitions - 1,
        broken,
        stuck,
        truncated,
        bytes: megabytes * 2 ** 20,
      }
    },
  }
}

const PATTERNS = [
  ['states', /^\s*(\d+(?:\.\d+e\+\d+)?) states, stored/],
  ['transitions', /^\s*(\d+(?:\.\d+e\+\d+)?) transitions/],
  ['stored', /^\s*([\d.]+)\s+actual memory usage for states/],
  ['table', /^\s*([\d.]+)\s+memory used for hash table/],
] as const
