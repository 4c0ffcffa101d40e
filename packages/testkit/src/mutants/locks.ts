/** Changes that nobody can see, by an argument from locks. */
import { entryLocks, type Observed } from '../discipline.ts'
import type { Mutation } from './operators.ts'
import { isShared, lockName, type Site, type Survey, shared, touched } from './survey.ts'

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
 * one writes holds that lock, then it is not there to be seen before the other is.
 */
export function sameToAll<P>(
  { operator, lines }: Mutation<P>,
  { sites, site }: Survey,
): string | undefined {
  if (operator !== 'swap') return undefined
  const [a, b] = lines.flatMap(({ procedure, line }) => site(procedure, line) ?? [])
  if (!a || !b || uses(a, written(b)) || uses(b, written(a))) return undefined
  for (const one of [a, b]) {
    const names = written(one)
    const looking = sites.filter((s) => uses(s, names))
    const lock = [...a.locks].find(
      (l) => !isShared(l) && [b, ...looking].every(({ locks }) => locks.has(l)),
    )
    if (names.size > 0 && lock !== undefined)
      return `whoever looks at ${[...names].join(' or ')} holds ${lock}`
  }
  return undefined
}

const hasLock = ({ locks }: Site, name: string): boolean =>
  locks.has(name) || locks.has(shared(name))

/** A lock under which nothing is done that others do not guard as well: it stands for work, or for a list, that is not modelled. */
export function guardsNothing<P>(
  { operator, lines }: Mutation<P>,
  { survey: { sites, site }, roots }: Observed,
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
