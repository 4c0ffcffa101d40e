/**
 * Different ways in which promises about states and steps are broken. Two violations of one promise have the same cause when they say
 * the same (numbers aside) and the op that broke it is of the same kernel function; of each cause the nearest violation counts.
 */
import type { ClaimId } from '@mmulab/model'
import type { EdgeAt, Target } from './findings.ts'
import { at } from './layout.ts'
import { nodeAt } from './node-plan.ts'
import { plainStep } from './plain.ts'
import { predicate } from './predicate.ts'
import type { Search } from './search.ts'
import { BREATH, type Work } from './work.ts'

export interface Cause {
  readonly claim: ClaimId
  readonly key: string
  /** Moves up to the violation, the violating one included. */
  readonly depth: number
  readonly targets: readonly Target[]
}

/** What is said of it, whatever the numbers of pages and tasks are. */
export const wordsOf = (message: string): string => message.replace(/\d+/g, '#')

/** `move`: the op that broke it; undefined where it was broken from the start. */
export function causeKey(search: Search, message: string, move: EdgeAt | undefined): string {
  if (!move) return wordsOf(message)
  const node = nodeAt(at(search.linked.automata, move.task), move.node)
  return `${wordsOf(message)} by ${node.source || node.stack.at(-1) || node.label}`
}

/** Enough to choose one with few context switches. */
const TARGETS = 256

interface Found {
  readonly claim: ClaimId
  readonly key: string
  readonly depth: number
  readonly targets: Target[]
}

/** Looks at every state and at every step once more. In the order of their depths. */
export function* causesOf(search: Search): Work<Cause[]> {
  const { linked, layout, levels, states, sites } = search
  const stride = layout.words + 1
  const found = new Map<string, Found>()
  const add = (
    claim: ClaimId,
    depth: number,
    state: number,
    move: EdgeAt | undefined,
    message: string,
  ): void => {
    const key = causeKey(search, message, move)
    const known = found.get(`${claim} ${key}`)
    const target = { state, move, message }
    if (!known) found.set(`${claim} ${key}`, { claim, key, depth, targets: [target] })
    else if (known.depth === depth && known.targets.length < TARGETS) known.targets.push(target)
  }
  const flagged = sites.map((s) => {
    const edge = nodeAt(at(linked.automata, s.task), s.node).edges[s.edge]
    return (edge?.flags ?? []).flatMap((f) => (f.kind === 'violate' ? [f] : []))
  })
  const invariants = linked.invariants.map((i) => ({ ...i, test: predicate(i.holds, layout) }))
  const raise = (depth: number, state: number, site: number): void => {
    for (const f of flagged[site] ?? []) add(f.claim, depth + 1, state, at(sites, site), f.message)
  }

  for (const f of linked.automata.flatMap((a) => a.startFlags))
    if (f.kind === 'violate') add(f.claim, 0, 0, undefined, f.message)
  for (const i of invariants)
    if (!i.test(search.statesWith(0), search.placeOf(0))) add(i.claim, 0, 0, undefined, i.message)
  const halts: [number, number][] = []
  let breath = BREATH
  for (let depth = 0; depth < levels.length; depth++) {
    const end = levels[depth + 1] ?? states
    for (let from = at(levels, depth); from < end; ) {
      const next = search.again(from, end, (s, _, site) => halts.push([s, site]))
      for (const [s, site] of halts.splice(0)) if (isHalt(search, s, site)) raise(depth, s, site)
      const { ends, succ } = search.batch
      let k = 0
      for (let s = from; s < next; s++) {
        const broken = invariants.filter((i) => i.test(search.statesWith(s), search.placeOf(s)))
        for (const last = (ends[s - from] as number) / stride; k < last; k++) {
          const site = succ[k * stride + stride - 1] as number
          raise(depth, s, site)
          // Of an invariant the op that broke it counts, not what came after.
          for (const i of broken)
            if (!i.test(succ, k * stride)) add(i.claim, depth + 1, s, at(sites, site), i.message)
        }
      }
      from = next
      if (from < breath) continue
      breath = from + BREATH
      yield { what: 'causes', done: from, of: states }
    }
  }
  return [...found.values()]
}

/** A move that leads nowhere stops the kernel, or is not made at all because a variable would leave its domain. */
function isHalt(search: Search, state: number, site: number): boolean {
  const { task, node, edge } = at(search.sites, site)
  const taken = nodeAt(at(search.linked.automata, task), node).edges[edge]
  return plainStep(search.linked, search.stateAt(state)).moves.some(
    (m) => m.task === task && m.answer === taken?.answer && !m.to,
  )
}
