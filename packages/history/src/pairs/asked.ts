/** What the table of pairs asks: which drivers, which kernels, which scenarios. */
import type { Lab } from '@mmulab/compare'
import { nameOf } from '@mmulab/core'
import type { Kind } from './expected.ts'

export const SCENARIOS: Readonly<Record<Kind, readonly string[]>> = {
  oom: ['oom-reap', 'oom-reap-faults', 'oom-reap-then-register', 'oom-reap-register', 'mrelease'],
  // Not `overlap`: two sections and two drivers in use are millions of states.
  blockable: ['dontneed', 'munmap', 'reclaim', 'register-in-section'],
}
const KINDS = Object.keys(SCENARIOS) as Kind[]

export interface PairSelection {
  /** Names of drivers, without eras. */
  readonly drivers: readonly string[]
  readonly versions: readonly string[]
}

/** One row of the table: one kind of scenario, two drivers by name, one kernel. */
export interface Question {
  readonly version: string
  readonly kind: Kind
  readonly two: readonly string[]
}

const number = (version: string): number => {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major * 100 + minor
}
const FIRST = '4.19'

/** All drivers that ship, and every kernel since 4.19 with which a core or a driver changes. */
export function allPairs(lab: Lab): PairSelection {
  const changes = [
    ...lab.families.flatMap((f) => (f.name === 'mainline' ? f.versions : [])),
    ...lab.drivers.flatMap((d) => (d.kernel ? [d.kernel.since] : [])),
  ].filter((v) => number(v) >= number(FIRST))
  return {
    drivers: [...new Set(lab.drivers.map((d) => d.name))],
    versions: [...new Set([FIRST, ...changes])].sort((a, b) => number(a) - number(b)),
  }
}

/** The questions of a selection by their two drivers, each list in the order of kernels. */
export function questionsOf({ drivers, versions }: PairSelection): Question[][] {
  const twos = drivers.flatMap((a, i) => drivers.slice(i).map((b) => [a, b]))
  return twos.map((two) =>
    versions.flatMap((version) => KINDS.map((kind) => ({ version, kind, two }))),
  )
}

/** The era that this kernel shipped; if it shipped none, the nearest older one, or else the first. */
export function eraOf(lab: Lab, name: string, version: string): string {
  const eras = lab.drivers
    .filter((d) => d.name === name)
    .sort((a, b) => number(a.kernel?.since ?? FIRST) - number(b.kernel?.since ?? FIRST))
  const found = eras.findLast((d) => number(d.kernel?.since ?? FIRST) <= number(version))
  const driver = found ?? eras[0]
  return driver ? nameOf(driver) : name
}
