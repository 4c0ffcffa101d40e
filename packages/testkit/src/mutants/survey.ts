/** Where a plugin can be broken: every line that its procedures come to in any cell of the kit, and what is around it. */
import { link } from '@mmulab/checker'
import { buildNamed, type CellName, type Lab } from '@mmulab/compare'
import type { Cell, Range } from '@mmulab/core'
import type { Body, Effect, Op, Step, Variable } from '@mmulab/model'
import { closeExpr, MAX_TASKS, valuesOf, variablesOf } from '@mmulab/model'
import { lineOf, withoutNumbers } from './stream.ts'
import type { AnyProcedure, Hook } from './wrap.ts'

export interface Site {
  readonly procedure: string
  readonly line: string
  readonly op: Op
  /** Lines that came right before it. */
  readonly before: Set<string>
  /** What it was answered, if it was a call. */
  readonly answers: Set<number>
  /** Lines of the steps that came right after it, with at most barriers in between. */
  readonly after: Set<string>
  /** Locks that the procedure held each time; `shared` where it held them for reading. */
  locks: ReadonlySet<string>
  /** Lines from the beginning of the procedure to this one, by the way with the fewest locks. */
  path: readonly string[]
}

/** Something without a step of its own, by the procedure that does it and what it says. */
interface SilentSite {
  readonly procedure: string
  readonly what: string
}

export interface Survey {
  readonly silents: readonly SilentSite[]
  /** Procedures that are given a range, and the numbers that they answer. */
  readonly ranged: ReadonlyMap<string, ReadonlySet<number>>
  /** Where in the kernel a procedure is. */
  readonly sourceOf: (procedure: string) => string
  readonly sites: readonly Site[]
  /** Locks with which a procedure has come back, that it had taken itself. */
  readonly leaks: ReadonlyMap<string, ReadonlySet<string>>
  /** A way through each of these. */
  readonly leakPaths: ReadonlyMap<string, readonly string[]>
  site(procedure: string, line: string): Site | undefined
}

export function createSurvey<P>(): { readonly hook: Hook<P>; readonly survey: Survey } {
  const sites = new Map<string, Site>()
  const leaks = new Map<string, Set<string>>()
  const leakPaths = new Map<string, readonly string[]>()
  const silents = new Map<string, SilentSite>()
  const ranged = new Map<string, Set<number>>()
  const sources = new Map<string, string>()
  const keyOf = (procedure: string, line: string): string => `${procedure}: ${line}`

  function* observe(p: AnyProcedure, body: Body<unknown>): Body<unknown> {
    const held: string[] = []
    const path: string[] = []
    let last: Site | undefined
    let before = ''
    for (let step = body.next(); ; ) {
      if (step.done) {
        if (held.length > 0 && !leakPaths.has(p.name)) leakPaths.set(p.name, [...path, 'return'])
        leaks.set(p.name, new Set([...(leaks.get(p.name) ?? []), ...held]))
        return step.value
      }
      const op = step.value
      const what = op.kind === 'silent' ? wordsOf(op.effect) : undefined
      if (what !== undefined) silents.set(keyOf(p.name, what), { procedure: p.name, what })
      if (op.kind !== 'silent' && op.kind !== 'ask' && !isAllocator(op)) {
        path.push(lineOf(op))
        const site = note(p.name, op, held, path)
        site.before.add(before)
        if (op.kind === 'step') last?.after.add(site.line)
        before = site.line
        last = op.kind === 'step' ? site : undefined
      } else if (op.kind !== 'silent' || op.effect.type !== 'barrier') last = undefined
      const answer: unknown = yield op
      if (op.kind === 'step') hold(held, op, answer)
      if (op.kind === 'call') {
        held.push(...(leaks.get(op.procedure.name) ?? []))
        if (typeof answer === 'number') sites.get(keyOf(p.name, lineOf(op)))?.answers.add(answer)
      }
      step = body.next(answer)
    }
  }

  function* noted(p: AnyProcedure, hasRange: boolean, body: Body<unknown>): Body<unknown> {
    const answer = yield* body
    if (hasRange && typeof answer === 'number')
      ranged.set(p.name, new Set([...(ranged.get(p.name) ?? []), answer]))
    return answer
  }

  const note = (
    procedure: string,
    op: Op,
    held: readonly string[],
    path: readonly string[],
  ): Site => {
    const line = lineOf(op)
    const key = keyOf(procedure, line)
    const known = sites.get(key)
    if (!known) {
      const made: Site = {
        procedure,
        line,
        op,
        before: new Set(),
        answers: new Set(),
        after: new Set(),
        locks: new Set(held),
        path: [...path],
      }
      sites.set(key, made)
      return made
    }
    const locks = new Set([...known.locks].filter((l) => held.includes(l)))
    if (locks.size < known.locks.size) known.path = [...path]
    known.locks = locks
    return known
  }

  return {
    hook(p, args, body) {
      sources.set(p.name, p.source.at)
      return noted(p, args.some(isRange), observe(p, body))
    },
    survey: {
      leaks,
      leakPaths,
      ranged,
      sourceOf: (procedure) => sources.get(procedure) ?? '',
      get silents() {
        return [...silents.values()]
      },
      get sites() {
        return [...sites.values()]
      },
      site: (procedure, line) => sites.get(keyOf(procedure, line)),
    },
  }
}

export const isRange = (x: unknown): x is Range =>
  typeof x === 'object' && x !== null && 'blockable' in x

/** What can be left out of it; marks and duties are the checker's own, and a barrier does nothing here. */
export function wordsOf(effect: Effect): string | undefined {
  switch (effect.type) {
    case 'context':
      return effect.field === 'nonBlock' ? effect.label : undefined
    case 'violate':
      return /^(WARN|BUG)/.test(effect.message) ? withoutNumbers(effect.message) : undefined
    case 'pseudo-lock':
      return effect.label
    default:
      return undefined
  }
}

/** A lock that others may hold as well. */
export const SHARED = ' (read)'
export const isShared = (lock: string): boolean => lock.endsWith(SHARED)
export const shared = (lock: string): string => `${lock}${SHARED}`

/** Of several objects of one kind (mr0, mr1) each has the same lock, as a line that is run for each is one line. */
export const lockName = ({ name }: { readonly name: string }): string =>
  name.replace(/\.[a-z]+\d+(?=\.)/g, '')

function hold(held: string[], { lock, unowned }: Step, answer: unknown): void {
  // A read hold of nobody's keeps writers out all the same.
  const taken = lock ?? (unowned && { ...unowned, mode: 'read' })
  if (!taken || (taken.event === 'try' && answer === 0)) return
  const name = lockName(taken.info)
  const downgraded = taken.event === 'downgrade'
  if (taken.event === 'release' || downgraded) {
    const last = held.lastIndexOf(taken.mode === 'read' && !downgraded ? shared(name) : name)
    if (last >= 0) held.splice(last, 1)
    if (downgraded) held.push(shared(name))
  } else held.push(taken.mode === 'read' ? shared(name) : name)
}

/** Memory that is short is nobody's line. */
const isAllocator = (op: Op): boolean => [...touched(op)].some((v) => v.name === 'shortages')

/** Records every procedure in the cells given. */
export function walk(lab: Lab, cells: readonly CellName[]): Cell[] {
  return cells.map((name) => {
    const cell = buildNamed(lab, name)
    link(cell.world)
    return cell
  })
}

/** The few answers that a step can give, or undefined where there are many. */
export const answersOf = (op: Op): number[] | undefined =>
  op.kind === 'step' ? valuesOf(op.answer) : undefined

/** Variables that a step reads or writes. */
export function touched(op: Op): Set<Variable> {
  const all = new Set<Variable>()
  if (op.kind !== 'step') return all
  for (const e of [op.guard, op.answer, ...op.assign.map((a) => a.value)])
    variablesOf(closeExpr(e, 0, MAX_TASKS), all)
  for (const { to } of op.assign) if (to.kind === 'variable') all.add(to)
  return all
}
