/**
 * What becomes of a mutant. It is killed by a rule that the original keeps, in a cell in which the original keeps it; equivalent where
 * it can be shown that nobody could tell it from the original; and survives otherwise, which shows a hole in the rules.
 */
import { type CellReport, formatCell } from '@mmulab/compare'
import type { Driver } from '@mmulab/core'
import { type ClaimId, LabError } from '@mmulab/model'
import type { CaseResult } from '../case.ts'
import { type Observed, observe, undisciplined } from '../discipline.ts'
import { createKit, type Kit, type KitOptions } from '../kit.ts'
import { PLANS, type Plan } from '../plan.ts'
import { CELL_RULES, look } from '../rules.ts'
import { teardown } from '../teardown.ts'
import { mapsAgain, witness } from '../witness.ts'
import { alike, sameVerdicts } from './alike.ts'
import { type Mutant, mutantsOf } from './drivers.ts'
import { guardsNothing, sameToAll } from './locks.ts'

export type Fate =
  | {
      readonly fate: 'killed'
      /** The rule, or the error that the checker raises. */
      readonly by: string
      readonly claim?: ClaimId
      readonly message: string
      readonly cell?: string
      readonly token?: string
    }
  | { readonly fate: 'equivalent'; readonly why: string }
  | { readonly fate: 'survived' }

export interface Judged {
  readonly mutant: Mutant
  readonly fate: Fate
}

export interface Score<J = Judged> {
  readonly total: number
  readonly killed: number
  readonly equivalent: number
  readonly survived: number
  readonly judged: readonly J[]
}

export function scoreOf<J extends { readonly fate: Fate }>(all: Iterable<J>): Score<J> {
  const judged = [...all]
  const number = (fate: Fate['fate']): number => judged.filter((j) => j.fate.fate === fate).length
  return {
    total: judged.length,
    killed: number('killed'),
    equivalent: number('equivalent'),
    survived: number('survived'),
    judged,
  }
}

/** Few mutants make a world so much larger that this is not enough; those are then asked elsewhere. */
const MAX_STATES = 50_000

export interface JudgeOptions {
  /** Judge so many only, from all over the list. */
  readonly sample?: number
  /** Judge those only whose names it accepts. */
  readonly only?: (name: string) => boolean
}

/** The whole list, or so many of it at equal distances. */
export function sampled<T>(list: readonly T[], sample: number = list.length): T[] {
  const step = Math.max(1, list.length / sample)
  return list.filter((_, i) => Math.floor(i / step) !== Math.floor((i - 1) / step))
}

export function* judgeDriver(
  driver: Driver,
  options: KitOptions & JudgeOptions = {},
): Generator<Judged, void> {
  const limits = { maxStates: MAX_STATES, shared: new Map(), ...options }
  const { observed, list } = mutantsOf(driver, options)
  const original: Original = {
    kit: createKit(driver, limits),
    observed,
    undisciplined: undisciplined(observed).map(({ rule, about }) => `${rule} ${about}`),
    keeps: OTHERS.filter(([, keeps]) => keeps(createKit(driver, limits)).status === 'kept'),
  }
  const { sample, only = () => true } = options
  for (const mutant of sampled(list, sample).filter((m) => only(m.name)))
    yield { mutant, fate: fateOf(mutant, original, limits) }
}

/** What the original is known to do, wrong and right. */
interface Original {
  readonly kit: Kit
  readonly observed: Observed
  readonly undisciplined: readonly string[]
  readonly keeps: typeof OTHERS
}

/** Rules that are not read off verdicts. */
const OTHERS: readonly (readonly [id: string, keeps: (kit: Kit) => CaseResult])[] = [
  ['does-something', witness],
  ['maps-again', mapsAgain],
  ['teardown', teardown],
]

function fateOf(mutant: Mutant, original: Original, limits: KitOptions): Fate {
  const kit = createKit(mutant.driver, limits)
  try {
    const kill =
      byCells(
        kit,
        original,
        PLANS.filter((p) => !costly(p)),
      ) ??
      byDiscipline(mutant, original, limits) ??
      byCells(kit, original, PLANS.filter(costly))
    if (kill) return kill
    for (const [by, keeps] of original.keeps) {
      const result = keeps(kit)
      if (result.status === 'broken') return { fate: 'killed', by, message: result.message }
    }
  } catch (error) {
    // A procedure that answers a number where its caller takes a list: no compiler would have let it pass.
    if (error instanceof TypeError)
      return { fate: 'killed', by: 'does-not-run', message: error.message }
    if (!(error instanceof LabError)) throw error
    return { fate: 'killed', by: error.code, message: error.message }
  }
  const why = equivalence(mutant, kit, original)
  if (why !== undefined) return { fate: 'equivalent', why }
  return byCounts(kit, original) ?? { fate: 'survived' }
}

/** The three worlds whose sizes the shipped drivers pin. */
const COUNTED: readonly string[] = ['oom-reap', 'dontneed', 'munmap']

/** Last of all: nobody can say what is wrong, only that it is not what was meant. */
function byCounts(kit: Kit, { kit: known }: Original): Fate | undefined {
  for (const scenario of COUNTED) {
    const name = known.name({ scenario, core: 'leaves' })
    if (!name) continue
    const [before, after] = [known, kit].map((k) => k.explore(name).result)
    if (before?.states === after?.states && before?.transitions === after?.transitions) continue
    const message = `It now has [${after?.states}, ${after?.transitions}].`
    return { fate: 'killed', by: 'counts', message, cell: formatCell(name) }
  }
  return undefined
}

/** Cheap: no world is explored. */
function byDiscipline(mutant: Mutant, original: Original, limits: KitOptions): Fate | undefined {
  const fresh = undisciplined(observe(mutant.driver, limits)).find(
    ({ rule, about }) => !original.undisciplined.includes(`${rule} ${about}`),
  )
  return fresh && { fate: 'killed', by: fresh.rule, message: fresh.message }
}

/** Cells that are large, or that differ from others in little. */
const costly = ({ scenario, refuser }: Plan): boolean =>
  scenario === 'overlap' || refuser !== undefined

function byCells(kit: Kit, original: Original, plans: readonly Plan[]): Fate | undefined {
  for (const plan of plans) {
    const name = original.kit.name(plan)
    if (!name) continue
    const kill = difference(plan, original.kit.explore(name), kit.explore(name))
    if (kill) return { fate: 'killed', cell: formatCell(name), ...kill }
  }
  return undefined
}

/** Why nobody could tell, if nobody could. */
function equivalence(
  { mutation }: Mutant,
  kit: Kit,
  { kit: known, observed }: Original,
): string | undefined {
  const pairs = PLANS.flatMap((plan) => {
    const name = known.name(plan)
    return name ? [[known.explore(name), kit.explore(name)] as const] : []
  }).filter(([before, after]) => before.linked.fingerprint !== after.linked.fingerprint)
  if (pairs.length === 0) return 'the automata of every cell are the same'
  const why =
    sameToAll(mutation, observed.survey) ??
    guardsNothing(mutation, observed) ??
    (pairs.every(([, { result }]) => result.complete) ? mutation.lawful : undefined)
  if (why !== undefined) return why
  const own = `${kit.label}.`
  const hidden = (name: string): boolean => name.startsWith(own)
  const same = pairs.every(
    ([before, after]) => sameVerdicts(before, after) && alike(before, after, hidden, MAX_STATES),
  )
  return same ? 'whoever is not the driver sees the same in every state of every cell' : undefined
}

type Kill = Omit<Extract<Fate, { fate: 'killed' }>, 'fate' | 'cell'>

/** What is broken now, and was not. */
function difference(plan: Plan, before: CellReport, after: CellReport): Kill | undefined {
  for (const rule of CELL_RULES) {
    if (!rule.asked(plan)) continue
    const known = look(rule, before).map((b) => b.claim)
    const fresh = look(rule, after).find((b) => !known.includes(b.claim))
    if (fresh) return { by: rule.id, ...fresh }
  }
  return undefined
}
