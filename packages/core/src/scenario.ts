/**
 * Scenarios: which tasks run against which, generic over drivers. A scenario asks each driver for activities; it does not
 * know which drivers or which policy it gets.
 */
import type { Goal, Measure, Procedure, Sometimes, TaskSpec } from '@mmulab/model'
import { type Activity, type ActivityKind, CONTRACT } from './driver.ts'
import type { Kernel, KernelFacts } from './kernel.ts'
import type { MmPart } from './mm-parts.ts'

/** The bounds of a world; every number that makes it finite. */
export interface Bounds {
  readonly vmas: number
  readonly pagesPerVma: number
  /** Physical pages that are free at the start. */
  readonly sparePages: number
  /** MAX_OOM_REAP_RETRIES; 10 in the kernel. */
  readonly reapAttempts: number
  /** Sections that can be opened in all, failed ones included. */
  readonly sections: number
  /** How often an allocation may find memory short and reclaim. */
  readonly shortages: number
  /** How many virtual pages devices fault on; at most all. */
  readonly faults: number
}

export type Size = 'small' | 'medium' | 'large'
export const SIZES: readonly Size[] = ['small', 'medium', 'large']

/** An activity that a driver of the world offers. */
export interface Offer extends Activity {
  /** The driver's label. */
  readonly driver: string
  readonly kind: ActivityKind
}

/** What a scenario builds its tasks from. */
export interface Stage {
  readonly kernel: Kernel
  readonly bounds: Bounds
  /** What the drivers offer of a kind, in the order of registration. */
  offers(kind: ActivityKind): Offer[]
  /** Tasks for every offer of a kind; `after` holds them back until it has run through. */
  tasks(kind: ActivityKind, options?: { readonly after?: Procedure<[], unknown> }): TaskSpec[]
  /** Registers the newest driver, where the scenario has it come late. */
  readonly registerLate: Procedure<[], void>
  /** It is inserted into a tree that exists, which keeps no section out. */
  readonly insertsLate: boolean
  /** Waits until that has happened. */
  readonly whenRegistered: Procedure<[], void>
}

export interface Scene {
  readonly tasks: readonly TaskSpec[]
  readonly sometimes: readonly Sometimes[]
  /** What must stay possible, beyond that every task can finish. */
  readonly goals?: readonly Goal[]
  readonly measures?: readonly Measure[]
}

export interface Scenario {
  readonly kind: 'scenario'
  readonly contract: number
  readonly name: string
  /** One sentence for `list`. */
  readonly title: string
  readonly sizes: Readonly<Record<Size, Bounds>>
  /** Some driver must offer one of these, or the scenario says nothing. */
  readonly needs: readonly ActivityKind[]
  /** Why a kernel has nothing to say here, or undefined if it has. */
  readonly refuses?: (facts: KernelFacts) => string | undefined
  /** Devices start with everything mapped, but for those that offer one of these activities. */
  readonly cold: readonly ActivityKind[]
  /** The newest driver is registered while the scenario runs, and starts empty. */
  readonly registersLate: boolean
  /** Notifiers leave while the scenario runs. */
  readonly unregisters: boolean
  /** What of the mm it is about beyond pages and mappings. */
  readonly uses: readonly MmPart[]
  readonly build: (stage: Stage) => Scene
}

type Optional = 'cold' | 'registersLate' | 'unregisters' | 'uses' | 'contract'

/** Bounds by size; where nothing is said of medium, it is large. */
export type Sizes = Readonly<Record<'small' | 'large', Bounds> & Partial<Record<'medium', Bounds>>>

export type ScenarioOptions = Omit<Scenario, 'kind' | 'contract' | 'sizes' | Optional> &
  Partial<Pick<Scenario, Optional>> & { readonly sizes: Sizes }

export function defineScenario(scenario: ScenarioOptions): Scenario {
  const { sizes } = scenario
  return {
    cold: [],
    registersLate: false,
    unregisters: false,
    uses: [],
    contract: CONTRACT,
    ...scenario,
    sizes: { ...sizes, medium: sizes.medium ?? sizes.large },
    kind: 'scenario',
  }
}
