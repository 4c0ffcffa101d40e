/**
 * Where the original breaks a promise itself, a mutant that breaks it too has broken nothing new by that. It has if it breaks it in another
 * way: by another cause, or at a point at which the original, after all that everybody has seen, cannot break it.
 */
import type { Linked, Schedule } from '@mmulab/checker'
import { type CellReport, tokenOf } from '@mmulab/compare'
import { type ClaimId, evaluate } from '@mmulab/model'
import type { Plan } from '../plan.ts'
import { CELL_RULES, type CellRule, says } from '../rules.ts'
import { LEAVES_NOTHING } from '../teardown.ts'
import { type Both, futuresOf, type Hidden, shownBoth, type Told } from './alike.ts'
import { freshWay, shortestWay, TOO_MANY, type Wanted, type Way } from './runs.ts'

/** One cell, of the original and of the mutant. */
export interface Pair {
  readonly plan: Plan
  readonly before: CellReport
  readonly after: CellReport
}

export interface OtherWay {
  readonly by: string
  readonly claim: ClaimId
  readonly message: string
  readonly token?: string
}

export const NO_OTHER_WAY = 'breaks-in-no-other-way'

const told = (rule: CellRule, claim: ClaimId, words: string, token?: string): OtherWay => ({
  by: NO_OTHER_WAY,
  claim,
  message: `${rule.id}, which the original breaks in another way: ${words}`,
  ...(token !== undefined && { token }),
})

/** Rules that are asked in this cell and that the original breaks there. */
export const brokenBefore = ({ plan, before }: Pair): CellRule[] =>
  [...CELL_RULES, LEAVES_NOTHING].filter(
    (rule) =>
      rule.asked(plan) &&
      rule.claims.some((claim) => before.result.claims[claim].verdict === 'violated'),
  )

/** Both reports must name all causes. As `mmulab check --all` has it: other words, or by an op of another kernel function. */
export function otherCause(pair: Pair): OtherWay | undefined {
  for (const rule of brokenBefore(pair))
    for (const claim of rule.claims) {
      const known = causes(rule, claim, pair.before).map((c) => c.key)
      const fresh = causes(rule, claim, pair.after).find((c) => !known.includes(c.key))
      if (fresh && known.length > 0) return told(rule, claim, fresh.words, fresh.token)
    }
  return undefined
}

interface CauseTold {
  readonly words: string
  readonly key: string
  readonly token?: string | undefined
}

function causes(
  rule: CellRule,
  claim: ClaimId,
  { linked, result, tokens, otherTokens }: CellReport,
): CauseTold[] {
  const broken = result.claims[claim]
  if (broken.verdict !== 'violated') return []
  const goals = linked.goals.map((g) => g.message)
  return [broken, ...(broken.others ?? [])].flatMap((c, i) => {
    const { message: words = claim, schedule } = c
    if (!says(rule, words)) return []
    // What is lost for ever was lost by whoever moved last, not by what is wrong.
    const isLost = claim === 'progress' || claim === 'deadlock' || goals.includes(words)
    const by = schedule && !isLost ? functionOf(linked, schedule) : ''
    const token = i === 0 ? tokens.get(claim) : otherTokens?.get(claim)?.[i - 1]
    return [{ words, key: `${words.replace(/\d+/g, '#')} by ${by}`, token }]
  })
}

/** The kernel function of the op that broke it. */
function functionOf({ automata }: Linked, { moves, prefix }: Schedule): string {
  const at = automata.map((a) => a.start)
  let last = ''
  for (const { task, answer } of moves.slice(0, prefix)) {
    const node = automata[task]?.nodes[at[task] ?? 0]
    last = node?.source || node?.stack.at(-1) || node?.label || ''
    at[task] = node?.edges.find((e) => e.answer === answer)?.to ?? -1
  }
  return last
}

/**
 * A promise about states, or about what stays possible, that is broken in a state that the original never shows; or else where the
 * original, having shown the same, cannot break it.
 */
export function otherMoment(pair: Pair, hidden: Hidden, maxStates: number): OtherWay | undefined {
  const { before, after } = pair
  const rules = brokenBefore(pair)
  const shows = rules.length > 0 ? shownBoth(before, after, hidden, maxStates) : undefined
  if (!shows) return undefined
  const both = withRaised(shows)
  const was = keptIn(before, both.one, both.raised)
  const promises = keptIn(after, both.other, both.raised).flatMap((p, i): Watched[] => {
    const rule = rules.find((r) => r.claims.includes(p.claim) && says(r, p.message))
    const known = was[i]
    return rule && known ? [{ ...p, rule, known: known.kept }] : []
  })
  const { one, other } = both
  const shown = new Set(Array.from(one.shows))
  let broken: Watched | undefined
  const never: Wanted = (from, to) => {
    broken = promises.find((p) => begins(p.kept, from, to) && !shown.has(other.shows[to] ?? 0))
    return broken !== undefined
  }
  const notThen: Wanted = (from, to, known) => {
    broken = promises.find(
      (p) => begins(p.kept, from, to) && !known.some((s) => canBegin(one.space, p.known, s)),
    )
    return broken !== undefined
  }
  const way = shortestWay(other, never) ?? freshWay(one, other, notThen)
  if (!broken || way === undefined || way === TOO_MANY) return undefined
  const token = tokenOf(after.name, after.linked, {
    claim: broken.claim,
    moves: movesOf(both, way),
    prefix: way.length,
  })
  return told(broken.rule, broken.claim, broken.message, token)
}

interface Promised extends Said {
  /** By state: 0 where it is broken. */
  readonly kept: Uint8Array
}

interface Watched extends Promised {
  readonly rule: CellRule
  /** The same in the original. */
  readonly known: Uint8Array
}

/** Something that a move can break, in words. */
interface Said {
  readonly claim: ClaimId
  readonly message: string
}

/** As it is told, with what a move can break in each state: numbers of what is said. */
interface Raising extends Told {
  raisedIn(state: number): readonly number[]
}

/** What a move breaks is broken from where it can be made. So it is shown, too: otherwise nobody sees when it begins. */
function withRaised(both: Both): {
  readonly one: Raising
  readonly other: Raising
  readonly raised: readonly Said[]
} {
  const raised: Said[] = []
  const numberOf = ({ claim, message }: Said): number => {
    const known = raised.findIndex((r) => r.claim === claim && r.message === message)
    return known >= 0 ? known : raised.push({ claim, message }) - 1
  }
  const known = new Map<string, number>()
  const side = (told: Told): Raising => {
    const { space } = told
    const numbers = Array.from({ length: space.states }, (_, s) =>
      [...new Set(space.raises(s).map(numberOf))].sort((a, b) => a - b),
    )
    const shows = numbers.map((own, s) => {
      const text = [told.shows[s], ...own].join()
      const number = known.get(text) ?? known.size
      known.set(text, number)
      return number
    })
    return { ...told, shows, raisedIn: (s) => numbers[s] ?? [] }
  }
  return { one: side(both.one), other: side(both.other), raised }
}

const keptIn = (
  { linked }: CellReport,
  { space, raisedIn }: Raising,
  raised: readonly Said[],
): Promised[] => [
  ...raised.map((said, number) => ({
    ...said,
    kept: Uint8Array.from({ length: space.states }, (_, s) =>
      Number(!raisedIn(s).includes(number)),
    ),
  })),
  ...linked.invariants.map(({ claim, message, holds }) => ({
    claim,
    message,
    kept: Uint8Array.from({ length: space.states }, (_, s) => evaluate(holds, space.reader(s))),
  })),
  ...futuresOf(linked, space).map(({ claim, message, can }) => ({ claim, message, kept: can })),
]

const begins = (kept: Uint8Array, from: number, to: number): boolean =>
  kept[from] !== 0 && kept[to] === 0

function canBegin({ first, target }: Told['space'], kept: Uint8Array, s: number): boolean {
  for (let e = first[s] ?? 0; e < (first[s + 1] ?? 0); e++)
    if (begins(kept, s, target[e] ?? 0)) return true
  return false
}

function movesOf({ other: { space } }: Both, way: Way) {
  let state = 0
  return way.map((edge) => {
    const move = space.move(state, edge)
    state = space.target[edge] ?? 0
    return move
  })
}

/** Whether all that is seen of the one can be seen of the other. */
export const isSeenOf = (known: Told, other: Told): boolean => freshWay(known, other) === undefined
