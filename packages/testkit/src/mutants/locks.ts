/** Changes that nobody can see, by an argument from locks. */
import type { Mutation } from './operators.ts'
import { isShared, type Site, type Survey, shared, touched } from './survey.ts'

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

/** A lock that is taken and given back with nothing in between: it stands for work that is not modelled. */
export function guardsNothing<P>(
  { operator, lines }: Mutation<P>,
  { sites, site }: Survey,
): string | undefined {
  const [line] = lines
  const op = line && site(line.procedure, line.line)?.op
  if (operator !== 'no lock' || op?.kind !== 'step' || !op.lock) return undefined
  const { name } = op.lock.info
  const under = sites.filter(
    (s) =>
      s.procedure === line?.procedure &&
      (s.locks.has(name) || s.locks.has(shared(name))) &&
      !(s.op.kind === 'step' && s.op.lock),
  )
  return under.length === 0 ? `nothing is done under ${name} here` : undefined
}
