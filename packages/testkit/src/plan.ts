/** The cells that the kit looks at: which scenario, under what kind of core, alone or beside a driver that refuses. */
import type { Scenario } from '@mmulab/core'
import { scenarios } from '@mmulab/scenarios'
import { kitScenarios } from './scenarios.ts'

export interface Plan {
  readonly scenario: string
  /** Whether the core tells those who said yes that a refused section is over. */
  readonly core: 'leaves' | 'unwinds'
  /** A driver that refuses, called before the one that is looked at or after it. */
  readonly refuser?: 'before' | 'after'
  /** With the twin whose start is looked at from outside. */
  readonly watched?: boolean
}

/** Nobody may refuse: all sections are blockable. */
export const BLOCKABLE: readonly string[] = [
  'dontneed',
  'munmap',
  'reclaim',
  'register-in-section',
  'overlap',
  'kit-two-pages',
  'kit-two-sections',
  'kit-cold-start',
  'kit-set-up-beside-fault',
  'kit-pin-beside-section',
  'kit-pin-then-section',
]
/** The OOM reaper may not block. */
export const OOM: readonly string[] = [
  'oom-reap',
  'oom-reap-faults',
  'oom-reap-then-register',
  'oom-reap-register',
]
/** An allocation of the driver's own runs into reclaim. */
export const RECLAIM: readonly string[] = ['pin-reclaim']

/** A device is set up while a page is taken away, by a section that holds mmap_lock and by one that does not. */
export const SET_UP: readonly string[] = ['kit-set-up-beside-section', 'kit-cold-start']

export const allScenarios: readonly Scenario[] = [...scenarios, ...kitScenarios]

/** Cheap ones first: whoever looks for the first broken rule finds it sooner. */
export const PLANS: readonly Plan[] = [
  { scenario: 'kit-two-pages', core: 'leaves', watched: true },
  { scenario: 'dontneed', core: 'leaves', watched: true },
  ...SET_UP.map((scenario): Plan => ({ scenario, core: 'leaves', watched: true })),
  ...OOM.map((scenario): Plan => ({ scenario, core: 'leaves' })),
  ...BLOCKABLE.filter((s) => s !== 'overlap').map(
    (scenario): Plan => ({ scenario, core: 'leaves' }),
  ),
  ...RECLAIM.map((scenario): Plan => ({ scenario, core: 'leaves' })),
  ...OOM.map((scenario): Plan => ({ scenario, core: 'unwinds' })),
  ...OOM.flatMap((scenario): Plan[] => [
    { scenario, core: 'unwinds', refuser: 'before' },
    { scenario, core: 'unwinds', refuser: 'after' },
  ]),
  { scenario: 'overlap', core: 'leaves' },
]
