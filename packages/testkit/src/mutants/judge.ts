/**
 * What becomes of a mutant. It is killed by a rule that the original keeps, in a cell in which the original keeps it; equivalent where
 * it can be shown that nobody could tell it from the original; and survives otherwise, which shows a hole in the rules.
 */
import { type CellReport, formatCell } from '@mmulab/compare'
import type { Driver } from '@mmulab/core'
import { type ClaimId, LabError } from '@mmulab/model'
import type { CaseResult, Path } from '../case.ts'
import { COUNTED } from '../counts.ts'
import { type Observed, observe, undisciplined } from '../discipline.ts'
import { createKit, type Kit, type KitOptions } from '../kit.ts'
import { PLANS, type Plan } from '../plan.ts'
import { CELL_RULES, type CellRule, look } from '../rules.ts'
import { LEAVES_NOTHING, LEAVING } from '../teardown.ts'
import { mapsAgain, populates, witness } from '../witness.ts'
import { bisimilar, keepsWhatIsKept, sameVerdicts, shownBoth } from './alike.ts'
import { type Mutant, mutantsOf } from './drivers.ts'
import { guardsNothing, sameToAll } from './locks.ts'
import { refusing } from './refusing.ts'
import {
  brokenBefore,
  isSeenOf,
  type OtherWay,
  otherCause,
  otherMoment,
  type Pair,
} from './ways.ts'

export type Fate =
  | {
      readonly fate: 'killed'
      /** The rule, or the error that the checker raises. */
      readonly by: string
      readonly claim?: ClaimId
      readonly message: string
      readonly cell?: string
      readonly token?: string
      readonly path?: Path
    }
  | { readonly fate: 'equivalent'; readonly why: string }
  | { readonly fate: 'survived' }

const BY_COUNTS = 'counts'

export interface Judged {
  readonly mutant: Mutant
  readonly fate: Fate
}

export interface Score<J = Judged> {
  readonly total: number
  readonly killed: number
  /** Those of the killed of which is only known that a world has another size. */
  readonly killedByCounts: number
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
    killedByCounts: judged.filter((j) => j.fate.fate === 'killed' && j.fate.by === BY_COUNTS)
      .length,
    equivalent: number('equivalent'),
    survived: number('survived'),
    judged,
  }
}

/** Few mutants make a world so much larger that this is not enough; those are then asked elsewhere. */
const MAX_STATES = 100_000

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
    causes: createKit(driver, { ...limits, all: true, shared: new Map() }),
    refusing: refusing(driver, observed, limits),
    keeps: OTHERS.filter(([, keeps]) => keeps(createKit(driver, limits)).status === 'kept'),
  }
  const { sample, only = () => true } = options
  for (const mutant of sampled(list, sample).filter((m) => only(m.name)))
    yield { mutant, fate: fateOf(mutant, original, limits) }
}

/** What the original is known to do, wrong and right. */
interface Original {
  readonly kit: Kit
  /** The same cells, with all causes of what is broken. */
  readonly causes: Kit
  /** The original that refuses whenever it may, if it ever refuses. */
  readonly refusing: (() => Kit) | undefined
  readonly observed: Observed
  readonly undisciplined: readonly string[]
  readonly keeps: typeof OTHERS
}

/** The cells of conformance, and those in which the device goes. */
const CELLS: readonly Plan[] = [...PLANS, ...LEAVING]
const RULES: readonly CellRule[] = [...CELL_RULES, LEAVES_NOTHING]

/** Rules that are not read off verdicts. */
const OTHERS: readonly (readonly [id: string, keeps: (kit: Kit) => CaseResult])[] = [
  ['does-something', witness],
  ['maps-again', mapsAgain],
  ['populates', populates],
]

function fateOf(mutant: Mutant, original: Original, limits: KitOptions): Fate {
  const kit = createKit(mutant.driver, limits)
  try {
    const kill =
      byCells(
        kit,
        original,
        CELLS.filter((p) => !costly(p)),
      ) ??
      byDiscipline(mutant, original, limits) ??
      byCells(kit, original, CELLS.filter(costly))
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
  const pairs = pairsOf(kit, original)
  const why = equivalence(mutant, kit, original, pairs)
  if (why !== undefined) return { fate: 'equivalent', why }
  const kill = byOtherWay(mutant, original, limits, pairs) ?? byCounts(kit, original)
  if (kill) return kill
  const lawful = doesLess(pairs, original)
  return lawful === undefined ? { fate: 'survived' } : { fate: 'equivalent', why: lawful }
}

/** Cells in which the automata differ. */
const pairsOf = (kit: Kit, { kit: known }: Original): Pair[] =>
  CELLS.flatMap((plan) => {
    const name = known.name(plan)
    return name ? [{ plan, before: known.explore(name), after: kit.explore(name) }] : []
  }).filter(({ before, after }) => before.linked.fingerprint !== after.linked.fingerprint)

/** Where the original breaks a promise itself: whether the mutant breaks it in another way. */
function byOtherWay(
  { driver }: Mutant,
  { causes, kit: known }: Original,
  limits: KitOptions,
  pairs: readonly Pair[],
): Fate | undefined {
  const own = createKit(driver, { ...limits, all: true, shared: new Map() })
  const broken = pairs.filter((pair) => brokenBefore(pair).length > 0)
  const cause = (pair: Pair): OtherWay | undefined =>
    otherCause({
      plan: pair.plan,
      before: causes.explore(pair.before.name),
      after: own.explore(pair.after.name),
    })
  const moment = (pair: Pair): OtherWay | undefined =>
    otherMoment(pair, hiddenIn(known), MAX_STATES)
  for (const look of [cause, moment])
    for (const pair of broken) {
      const found = look(pair)
      if (found) return { fate: 'killed', cell: formatCell(pair.after.name), ...found }
    }
  return undefined
}

/** What only the driver itself looks at. */
const hiddenIn =
  ({ label }: Kit) =>
  (name: string): boolean =>
    name.startsWith(`${label}.`)

/** It does nothing that the original may not do, or that a driver may not which refuses whenever it may. */
function doesLess(pairs: readonly Pair[], { kit: known, refusing }: Original): string | undefined {
  const hidden = hiddenIn(known)
  const kept = pairs.every(({ before, after }) => keepsWhatIsKept(before, after))
  if (!kept) return undefined
  const seenOf = (one: CellReport, after: CellReport): boolean => {
    const both = shownBoth(one, after, hidden, MAX_STATES)
    return both !== undefined && isSeenOf(both.one, both.other)
  }
  if (pairs.every(({ before, after }) => seenOf(before, after)))
    return 'whatever is seen of it may be seen of the original, and it breaks nothing else'
  const free = refusing?.()
  return free && pairs.every(({ after }) => seenOf(free.explore(after.name), after))
    ? 'whatever is seen of it may be seen of the original if that refuses whenever it may, and it breaks nothing else'
    : undefined
}

/** Last of all: nobody can say what is wrong, only that it is not what was meant. */
function byCounts(kit: Kit, { kit: known }: Original): Fate | undefined {
  for (const scenario of COUNTED) {
    const name = known.name({ scenario, core: 'leaves' })
    if (!name) continue
    const [before, after] = [known, kit].map((k) => k.explore(name).result)
    if (before?.states === after?.states && before?.transitions === after?.transitions) continue
    const message = `It now has [${after?.states}, ${after?.transitions}].`
    return { fate: 'killed', by: BY_COUNTS, message, cell: formatCell(name) }
  }
  return undefined
}

/** Cheap: no world is explored. */
function byDiscipline(mutant: Mutant, original: Original, limits: KitOptions): Fate | undefined {
  const fresh = undisciplined(observe(mutant.driver, limits)).find(
    ({ rule, about }) => !original.undisciplined.includes(`${rule} ${about}`),
  )
  if (!fresh) return undefined
  const { rule: by, message, path } = fresh
  return { fate: 'killed', by, message, ...(path && { path }) }
}

/** Cells that are large, or that differ from others in little. */
const costly = ({ scenario, refuser }: Plan): boolean =>
  scenario === 'overlap' || scenario === 'exit' || refuser !== undefined

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
  { observed }: Original,
  pairs: readonly Pair[],
): string | undefined {
  if (pairs.length === 0) return 'the automata of every cell are the same'
  const why =
    sameToAll(
      mutation,
      observed.whole,
      pairs.map(({ before }) => before.linked),
    ) ??
    guardsNothing(mutation, observed) ??
    (pairs.every(({ after }) => after.result.complete) ? mutation.lawful : undefined)
  if (why !== undefined) return why
  if (!pairs.every(({ before, after }) => sameVerdicts(before, after))) return undefined
  const hidden = hiddenIn(kit)
  let same = SAME_STATES
  for (const { before, after } of pairs) {
    const both = shownBoth(before, after, hidden, MAX_STATES)
    if (!both) return undefined
    if (bisimilar(both)) continue
    if (!isSeenOf(both.one, both.other) || !isSeenOf(both.other, both.one)) return undefined
    same = SAME_RUNS
  }
  return same
}

const SAME_STATES = 'whoever is not the driver sees the same in every state of every cell'
const SAME_RUNS = 'whoever is not the driver sees the same runs in every cell'

type Kill = Omit<Extract<Fate, { fate: 'killed' }>, 'fate' | 'cell'>

/** What is broken now, and was not. */
function difference(plan: Plan, before: CellReport, after: CellReport): Kill | undefined {
  for (const rule of RULES) {
    if (!rule.asked(plan)) continue
    const known = look(rule, before).map((b) => b.claim)
    const fresh = look(rule, after).find((b) => !known.includes(b.claim))
    if (fresh) return { by: rule.id, ...fresh }
  }
  return undefined
}
