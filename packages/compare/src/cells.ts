/** Cells by name: which ones to run, and running one. */

import {
  type CheckOptions,
  type CheckResult,
  checkInSlices,
  encodeToken,
  type Linked,
  link,
  type Progress,
  type Schedule,
  withLockOrderOf,
} from '@mmulab/checker'
import { type Bounds, buildCell, type Cell, nameOf, type Scenario, type Size } from '@mmulab/core'
import type { ClaimId } from '@mmulab/model'
import { strangers } from './eras.ts'
import type { KernelOf, Lab } from './lab.ts'

/** A cell as people name it. */
export interface CellName {
  readonly policy: string
  /** In the order of registration: the last is called first. */
  readonly drivers: readonly string[]
  readonly scenario: string
  readonly size: Size
  /** What is left out of it. */
  readonly less?: Less | undefined
}

/** A cell made smaller: bounds below those of its size, and tasks that do not run. */
export interface Less {
  readonly bounds: Partial<Bounds>
  /** Names of tasks. */
  readonly without: readonly string[]
}

export interface CellReport {
  readonly name: CellName
  readonly cell: Cell
  readonly linked: Linked
  readonly result: CheckResult
  /** A token for every broken promise. */
  readonly tokens: ReadonlyMap<ClaimId, string>
  /** Tokens of the other causes, where all were asked for, in the order of `others`. */
  readonly otherTokens?: ReadonlyMap<ClaimId, readonly string[]>
  /** A token for the fair run that starves somebody, or would if some choice always went the same way. */
  readonly fairToken?: string
  /** Bounds, limits, and what the policy does not model. */
  readonly notCovered: readonly string[]
}

export interface Selection {
  readonly policies: readonly string[]
  /** Each `a+b`. */
  readonly driverSets: readonly string[]
  readonly scenarios: readonly string[]
  readonly size: Size
}

/** One line that names a cell, and `parseCell` its inverse: what a token carries. */
export const formatCell = (n: CellName): string =>
  [n.policy, n.drivers.join('+'), n.scenario, n.size, ...(n.less ? [formatLess(n.less)] : [])].join(
    '|',
  )

/** `pagesPerVma=1,faults=1,-vcpu1` */
const formatLess = ({ bounds, without }: Less): string =>
  [...Object.entries(bounds).map(([k, v]) => `${k}=${v}`), ...without.map((t) => `-${t}`)].join()

export function parseCell(text: string): CellName {
  const [policy = '', drivers = '', scenario = '', size = 'small', less] = text.split('|')
  const name = { policy, drivers: drivers.split('+'), scenario, size: size as Size }
  return less === undefined ? name : { ...name, less: parseLess(less) }
}

function parseLess(text: string): Less {
  const parts = text.split(',').filter(Boolean)
  const bounds = parts.flatMap((p) => {
    const [, key, value] = /^(\w+)=(\d+)$/.exec(p) ?? []
    return key === undefined ? [] : [[key, Number(value)] as const]
  })
  const without = parts.filter((p) => p.startsWith('-')).map((p) => p.slice(1))
  return { bounds: Object.fromEntries(bounds), without }
}

/** Whether the drivers offer anything that the scenario needs, as the kernel of that version shipped them. */
export const applies = (
  lab: Lab,
  scenario: Scenario,
  drivers: readonly string[],
  kernel?: KernelOf,
): boolean =>
  scenario.needs.length === 0 ||
  drivers.some((d) => lab.driver(d, kernel).offers.some((kind) => scenario.needs.includes(kind)))

/** Whether the policy's kernel has what the drivers and the scenario are about, and the one says something about the other. */
export function isCell(
  lab: Lab,
  { policy, drivers, scenario }: Pick<CellName, 'policy' | 'drivers' | 'scenario'>,
): boolean {
  const kernel = lab.policy(policy)
  const { facts } = kernel
  const named = lab.scenario(scenario)
  if (named.refuses?.(facts) !== undefined || !applies(lab, named, drivers, kernel)) return false
  return facts.interval || !drivers.some((d) => lab.driver(d, kernel).interval)
}

/** The cells of a selection in matrix order; those in which a scenario says nothing about the drivers are left out. */
export function cellsOf(lab: Lab, s: Selection): CellName[] {
  return s.driverSets.flatMap((set) =>
    s.scenarios.flatMap((scenario) => {
      const drivers = set.split('+')
      return s.policies
        .filter((policy) => isCell(lab, { policy, drivers, scenario }))
        .map((policy) => ({ policy, drivers, scenario, size: s.size }))
    }),
  )
}

/** Builds a cell by name. @throws LabError for unknown names, patches that do not apply, scenarios that do not */
export function buildNamed(lab: Lab, name: CellName): Cell {
  const policy = lab.policy(name.policy)
  const cell = buildCell({
    policy,
    drivers: name.drivers.map((d) => lab.driver(d, policy)),
    scenario: lab.scenario(name.scenario),
    size: name.size,
    tighter: name.less?.bounds,
  })
  const without = name.less?.without ?? []
  if (without.length === 0) return cell
  const tasks = cell.world.tasks.filter((t) => !without.includes(t.name))
  return { ...cell, world: { ...cell.world, tasks } }
}

export interface RunOptions extends CheckOptions {
  /** Results of equal worlds, to be handed from one run to the next with the same options: none is explored twice. */
  readonly shared?: Map<string, CheckResult>
}

/** Explores a cell in slices; yields progress in between. */
export function* runCell(
  lab: Lab,
  name: CellName,
  { shared, ...options }: RunOptions = {},
): Generator<Progress, CellReport> {
  const cell = buildNamed(lab, name)
  const linked = link(cell.world)
  const key = shared && questionOf(cell, linked)
  const known = key === undefined ? undefined : shared?.get(key)
  const result =
    (known && withLockOrderOf(linked, known)) ?? (yield* checkInSlices(linked, options))
  if (key !== undefined) shared?.set(key, result)
  const tokens = new Map<ClaimId, string>()
  const otherTokens = new Map<ClaimId, string[]>()
  for (const [claim, c] of Object.entries(result.claims)) {
    if (c.schedule) tokens.set(claim as ClaimId, tokenOf(name, linked, c.schedule))
    const others = (c.others ?? []).flatMap((o) => o.schedule ?? [])
    if (others.length > 0)
      otherTokens.set(
        claim as ClaimId,
        others.map((s) => tokenOf(name, linked, s)),
      )
  }
  const starving = result.fair.schedule ?? result.fair.unless?.schedule
  return {
    name,
    cell,
    linked,
    result,
    tokens,
    ...(otherTokens.size > 0 && { otherTokens }),
    ...(starving && { fairToken: tokenOf(name, linked, starving) }),
    notCovered: notCovered(cell, result),
  }
}

/**
 * What a search and its verdicts rest on, but for the order of locks, which needs no search: the automata and claims (the fingerprint), and who
 * is asked what. Kernels that do the same here differ in none of it. It is the key in `shared`.
 */
export function questionOf({ drivers, scenario, world }: Cell, linked: Linked): string {
  return JSON.stringify([
    linked.fingerprint,
    drivers.map(nameOf),
    scenario.name,
    linked.automata.map((a) => a.startFlags),
    world.tasks.map((t) => t.daemon ?? false),
    world.notClaimed,
  ])
}

/** What tells a schedule of that cell again. */
export function tokenOf(name: CellName, linked: Linked, s: Schedule): string {
  return encodeToken({
    cell: formatCell(name),
    fingerprint: linked.fingerprint,
    claim: s.claim,
    tasks: s.moves.map((m) => m.task),
    choices: choicesOf(linked, s),
    prefix: s.prefix,
    ...(s.pointOfNoReturn !== undefined && { pointOfNoReturn: s.pointOfNoReturn }),
    ...(s.loop !== undefined && { loop: s.loop }),
    ...(s.stuck !== undefined && { stuck: s.stuck }),
    ...(s.fair && { fair: s.fair }),
  })
}

/** The alternatives among a schedule's moves: all other answers follow from the state. */
function choicesOf(linked: Linked, s: Schedule): number[] {
  const at = linked.automata.map((a) => a.start)
  return s.moves.flatMap(({ task, answer }) => {
    const node = linked.automata[task]?.nodes[at[task] ?? 0]
    at[task] = node?.edges.find((e) => e.answer === answer)?.to ?? -1
    return node?.kind === 'choose' ? [answer] : []
  })
}

function notCovered(cell: Cell, result: CheckResult): string[] {
  const { policy, bounds, drivers } = cell
  const size = `beyond the bounds: ${Object.entries(bounds)
    .map(([k, v]) => `${k} ${v}`)
    .join(', ')}`
  return [
    ...policy.partlyKnown,
    ...policy.notCovered,
    ...strangers(policy, drivers),
    ...result.notCovered,
    size,
  ]
}

/** Runs a generator of slices to its end. */
export function finish<T>(slices: Generator<unknown, T>): T {
  for (;;) {
    const step = slices.next()
    if (step.done) return step.value
  }
}

/** Names with eras, as resolved. */
export const resolvedDrivers = (cell: Cell): string[] => cell.drivers.map(nameOf)
