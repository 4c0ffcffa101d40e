/**
 * What one expects of two drivers on one mm, from what each says of itself and from what the core of a kernel does after a refusal. It
 * is written down before anything runs, and the checker never sees it: where it is wrong, that is what the table is for.
 */
import type { Driver, KernelFacts } from '@mmulab/core'
import { LabError } from '@mmulab/model'

export interface Traits {
  /** Whether its start may refuse a range that may not be blocked: whenever it is asked, or only while something is in its way. */
  readonly refuses: 'never' | 'sometimes' | 'always'
  /**
   * What it is on the list: nobody, somebody with a start alone, somebody who keeps something from start to end, or somebody whose end
   * has nothing to give back.
   */
  readonly list: 'none' | 'start' | 'paired' | 'unpaired'
  /** It has an interval notifier, whose sections the core ends. */
  readonly interval: boolean
}

const onList = (refuses: Traits['refuses'], list: Traits['list']): Traits => ({
  refuses,
  list,
  interval: false,
})
const inTree = (refuses: Traits['refuses']): Traits => ({ refuses, list: 'none', interval: true })

/** By name and era, or by name where all eras are alike. From the drivers' sources, not from any run. */
const TRAITS: Readonly<Record<string, Traits>> = {
  kvm: onList('never', 'paired'),
  'rdma-odp@4.19': onList('sometimes', 'paired'),
  'rdma-odp@4.20': onList('sometimes', 'paired'),
  'rdma-odp@5.3': onList('sometimes', 'paired'),
  'rdma-odp@5.5': inTree('always'),
  'i915-userptr@4.19': onList('sometimes', 'start'),
  'i915-userptr@5.x': onList('sometimes', 'start'),
  'i915-userptr@5.13': inTree('always'),
  'i915-userptr@6.12': inTree('never'),
  // 4.19 tells the device in end, 4.20 in start, which may refuse; neither counts sections.
  'hmm-mirror@4.19': onList('never', 'unpaired'),
  'hmm-mirror@4.20': onList('sometimes', 'unpaired'),
  'hmm-mirror@5.2': onList('sometimes', 'paired'),
  'hmm-mirror@5.3': onList('sometimes', 'paired'),
  'amdgpu@4.19': onList('sometimes', 'paired'),
  'amdgpu@5.5': inTree('always'),
  // Its list notifier watches the whole mm; every fault brings an interval of its own.
  'nouveau-svm@5.7': { refuses: 'always', list: 'start', interval: true },
  'gntdev@4.19': onList('sometimes', 'start'),
  'gntdev@5.5': inTree('sometimes'),
  gru: onList('never', 'paired'),
  'radeon@4.19': onList('sometimes', 'start'),
  'radeon@5.5': inTree('sometimes'),
  xe: inTree('always'),
  'drm-gpusvm': inTree('always'),
  amdkfd: inTree('always'),
  vhost: onList('always', 'paired'),
  hfi1: onList('never', 'start'),
  // Its end has nothing to do.
  scif: onList('never', 'unpaired'),
  // Walks the page table of the CPU: it has no start to be asked.
  'iommu-sva': onList('never', 'none'),
  // Told of the exit alone.
  sgx: onList('never', 'none'),
  'test-hmm': inTree('sometimes'),
  mshv: inTree('sometimes'),
}

/** @throws LabError DRIVER_UNEXPECTED */
export function traitsOf({ name, era }: Driver): Traits {
  const found = TRAITS[`${name}@${era}`] ?? TRAITS[name]
  if (found) return found
  throw new LabError({
    code: 'DRIVER_UNEXPECTED',
    kind: 'plugin',
    message: `Nothing is known of what to expect of ${name}@${era} beside another driver.`,
    where: `${name}@${era}`,
    known: Object.keys(TRAITS),
    hint: 'The table of pairs is about the drivers that ship; mmulab compare takes any.',
  })
}

/** Where nobody may refuse, and where the OOM reaper may not block. */
export type Kind = 'oom' | 'blockable'

/** Why a promise breaks. */
export interface Reason {
  readonly id: string
  readonly why: 'known bug' | 'finding'
  /** Of a known bug, in `mmulab history`. */
  readonly number?: number
  readonly text: string
  /** The commit that brought or fixed it, or the section of docs/findings.md. */
  readonly source: string
}

export interface Expected {
  /** Some end gets lost, or one comes that nobody waits for: `balance` breaks, and with it what rests on it. */
  readonly breaks: boolean
  /** Why, in one sentence. */
  readonly because: string
  /** Where it breaks: what that is known as. */
  readonly reason?: Reason
}

const LOST_END = {
  id: 'lost-end',
  why: 'known bug',
  number: 3,
  source: '93065ac753e4 (4.19); c2655835fd8c (5.12) unwinds',
} as const
const END_TOO_MANY = {
  id: 'unwind-before-its-time',
  why: 'finding',
  source: 'A pairing that never shipped: refusers with an end operation under 5.12',
} as const
const TREE_NOT_TOLD = {
  id: 'tree-not-told',
  why: 'finding',
  source: 'Intervals beside a list notifier that refuses: the tree is never told (5.5 to 7.3)',
} as const

const holds = (because: string): Expected => ({ breaks: false, because })
const breaks = (because: string, reason: Omit<Reason, 'text'>): Expected => ({
  breaks: true,
  because,
  reason: { ...reason, text: because },
})

export function expectedOf(facts: KernelFacts, drivers: readonly Driver[], kind: Kind): Expected {
  if (kind === 'blockable') return holds('nobody may refuse')
  const known = drivers.map(traitsOf)
  // The tree is asked first, and the core ends its section itself when an interval refuses.
  if (known.some((d) => d.refuses === 'always' && d.list === 'none'))
    return holds('an interval refuses before anybody on the list is asked')
  for (const [i, refuser] of known.entries()) {
    if (refuser.refuses === 'never' || refuser.list === 'none') continue
    const who = drivers[i]?.name
    const unwinds = facts.hlistWalk === 'unwind'
    if (unwinds && refuser.list === 'paired')
      return breaks(`${who} refuses, and is given an end that it does not expect`, END_TOO_MANY)
    // Who refuses whenever it is asked has never begun anything.
    const begun = (o: Traits): boolean => o.list === 'paired' && o.refuses !== 'always'
    if (!unwinds && known.some((o, j) => j !== i && begun(o)))
      return breaks(`${who} refuses, and nobody ends what the other began`, LOST_END)
    if (facts.interval && known.some((o) => o.interval))
      return breaks(`${who} refuses, and the tree of intervals is never told`, TREE_NOT_TOLD)
  }
  return holds('nobody is left with a section that nobody ends')
}
