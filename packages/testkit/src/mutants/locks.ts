/** Changes that nobody can see, by an argument from locks. */
import type { Linked } from '@mmulab/checker'
import { type Variable, variablesOf } from '@mmulab/model'
import { entryLocks, type Observed } from '../discipline.ts'
import type { Mutation } from './operators.ts'
import { lineOfLabel } from './stream.ts'
import { isShared, lockName, SHARED, type Site, type Survey, shared, touched } from './survey.ts'

const written = ({ op }: Site): Set<string> =>
  new Set(
    op.kind === 'step'
      ? op.assign.flatMap(({ to }) => (to.kind === 'variable' ? [to.name] : []))
      : [],
  )

const uses = (site: Site, names: ReadonlySet<string>): boolean =>
  [...touched(site.op)].some((v) => names.has(v.name))

/**
 * Two lines in the other order. If neither uses what the other writes, both stand under one lock, and everybody who touches what the
 * one writes holds that lock, then it is not there to be seen before the other is. The same if the one only looks, and everybody who writes
 * what it looks at is kept out by that lock: then it does not matter when it looks.
 */
export function sameToAll<P>(
  { operator, lines }: Mutation<P>,
  survey: Survey,
  worlds: readonly Linked[],
): string | undefined {
  if (operator !== 'swap') return undefined
  const { sites, site } = survey
  const [a, b] = lines.flatMap(({ procedure, line }) => site(procedure, line) ?? [])
  if (!a || !b || isLock(a) || isLock(b)) return undefined
  if (uses(a, written(b)) || uses(b, written(a))) return undefined
  for (const one of [a, b]) {
    const names = written(one)
    const looking = sites.filter((s) => uses(s, names))
    const lock = [...a.locks].find(
      (l) => !isShared(l) && [b, ...looking].every(({ locks }) => locks.has(l)),
    )
    if (names.size > 0 && lock !== undefined && areKnown(worlds, survey, reads(names)))
      return `whoever looks at ${[...names].join(' or ')} holds ${lock}`
  }
  for (const one of [a, b]) {
    const lock = constantUnder(one, [a, b], survey, worlds)
    if (lock !== undefined) return `whoever writes what "${one.line}" looks at holds ${lock}`
  }
  return undefined
}

const isLock = ({ op }: Site): boolean => op.kind === 'step' && op.lock !== undefined

type Node = Linked['automata'][number]['nodes'][number]

/** Whether the ops of these worlds that are asked for are lines of the survey. */
const areKnown = (
  worlds: readonly Linked[],
  { site }: Survey,
  asked: (node: Node) => boolean,
): boolean =>
  worlds.every(({ automata }) =>
    automata.every(({ nodes }) =>
      nodes.every((n) => !asked(n) || site(n.stack.at(-1) ?? '', lineOfLabel(n.label))),
    ),
  )

const sets =
  (names: ReadonlySet<string>) =>
  ({ assign }: Node): boolean =>
    assign.some(({ to }) => names.has(to.name))

const reads =
  (names: ReadonlySet<string>) =>
  ({ guard, answer, assign }: Node): boolean => {
    const all = new Set<Variable>()
    for (const e of [guard, answer, ...assign.map((a) => a.value)]) variablesOf(e, all)
    return [...all].some((v) => names.has(v.name))
  }

/** The lock of both lines that keeps out whoever writes what this one looks at, if it only looks. */
function constantUnder(
  one: Site,
  both: readonly Site[],
  survey: Survey,
  worlds: readonly Linked[],
): string | undefined {
  const { op } = one
  if (op.kind !== 'step' || op.assign.length > 0) return undefined
  const names = new Set([...touched(op)].map((v) => v.name))
  if (names.size === 0 || !areKnown(worlds, survey, sets(names))) return undefined
  const writers = survey.sites.filter((s) => [...written(s)].some((name) => names.has(name)))
  return [...one.locks].find((held) => {
    const own = isShared(held) ? held.slice(0, -SHARED.length) : held
    const excludes = ({ locks }: Site): boolean =>
      locks.has(own) || (!isShared(held) && locks.has(shared(own)))
    return both.every(({ locks }) => locks.has(held)) && writers.every(excludes)
  })
}

const hasLock = ({ locks }: Site, name: string): boolean =>
  locks.has(name) || locks.has(shared(name))

/** A lock under which nothing is done that others do not guard as well: it stands for work, or for a list, that is not modelled. */
export function guardsNothing<P>(
  { operator, lines }: Mutation<P>,
  { whole: { sites, site }, roots }: Observed,
): string | undefined {
  const [line] = lines
  const op = line && site(line.procedure, line.line)?.op
  if (operator !== 'no lock' || !line || op?.kind !== 'step' || !op.lock) return undefined
  const name = lockName(op.lock.info)
  const own = line.procedure
  const entry = entryLocks({ sites }, roots)
  const held = new Map(sites.map((s) => [s, [...s.locks, ...entry(s.procedure)]]))
  const holds = (s: Site, lock: string): boolean =>
    held.get(s)?.some((l) => l === lock || l === shared(lock)) === true
  const guarded = (s: Site, variable: string): boolean => {
    const writers = sites.filter((w) => written(w).has(variable))
    const [first] = writers
    const others = (first ? (held.get(first) ?? []) : []).filter((l) => l !== name && !isShared(l))
    return (
      first === undefined ||
      others.some((l) => holds(s, l) && writers.every((w) => held.get(w)?.includes(l)))
    )
  }
  // What the procedure does under it, and what it calls there.
  const inside = new Set([own])
  const isUnder = (s: Site): boolean =>
    inside.has(s.procedure) && (s.procedure !== own || hasLock(s, name))
  for (const procedure of inside)
    for (const s of sites)
      if (s.procedure === procedure && isUnder(s) && s.op.kind === 'call')
        inside.add(s.op.procedure.name)
  const under = sites.filter((s) => isUnder(s) && !(s.op.kind === 'step' && s.op.lock))
  const all = under.every((s) => [...touched(s.op)].every((v) => guarded(s, v.name)))
  return all ? `whatever is used under ${name} is guarded by another lock as well` : undefined
}
