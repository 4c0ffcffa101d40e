/**
 * Pictures: texts that are equal only where ops or expressions mean the same, whatever the order of what they join or add up. A
 * picture can be taken as things would look after an exchange. What cannot be said to look the same is like nothing, not even
 * like itself.
 */
import type { Expr, PerTask, Variable } from '@mmulab/model'
import type { Flag, Linked, Node } from './automaton.ts'
import { type Renaming, renamed } from './exchange.ts'

/** What becomes of variables, of their values, of the numbers of tasks, and of the places of the task that is looked at. */
export interface Mapping {
  variable(v: Variable): Variable
  /** Of a task's number, counted from 1; 0 is nobody. */
  task(n: number): number
  value(names: Renaming, n: number): number
  place(node: number): number
}

export const UNCHANGED: Mapping = {
  variable: (v) => v,
  task: (n) => n,
  value: (_, n) => n,
  place: (node) => node,
}

export interface Pictures {
  truth(e: Expr, m: Mapping): string
  value(e: Expr, m: Mapping): string
  /** Of an op, without where it leads to. */
  op(n: Node, m: Mapping): string
  /** Of where a node leads to; `inOrder` says whether the order of a choice's alternatives counts. */
  edges(n: Node, m: Mapping, inOrder: boolean): string
  /** The same, to be asked again and again with other places: `place` is that of the mapping. */
  ways(n: Node, m: Mapping, inOrder: boolean): (place: Mapping['place']) => string
}

const isTask = (e: Expr): boolean => e.k === 'task'

/** Stands for what becomes of the numbers of tasks, where no variable says so. */
const TASKS: Renaming = new Map()

/** Kernel words without numbers: those of pages, tasks, and second drivers of one kind. */
export const wordless = (text: string): string => text.replace(/\d+/g, '')

/** What flags say, whatever the numbers are; marks are told apart by them. */
export const flagsPicture = (flags: readonly Flag[]): string =>
  flags
    .map((f) => (f.kind === 'mark' ? `mark ${f.name}` : `${f.claim}: ${wordless(f.message)}`))
    .join(' and ')

/** `names`: what becomes of the values of each variable that names tasks or pages. */
export function createPictures(
  { automata, variables }: Pick<Linked, 'automata' | 'variables'>,
  names: ReadonlyMap<Variable, Renaming>,
): Pictures {
  const changing = new Set(variables.map((l) => l.variable))
  const ids = new Map<object, number>()
  const id = (x: object): number => {
    const n = ids.get(x) ?? ids.size
    ids.set(x, n)
    return n
  }
  let strange = 0
  const unlike = (): string => `?${strange++}`

  /** What becomes of the values of an expression that is one of several names; it is the same for all of them. */
  const namesOf = (e: Expr): Renaming | undefined =>
    e.k === 'var' ? names.get(e.v) : e.k === 'if' ? (namesOf(e.a) ?? namesOf(e.b)) : undefined

  const parts = (e: Expr, op: string): Expr[] =>
    e.k === 'bin' && e.op === op ? [...parts(e.a, op), ...parts(e.b, op)] : [e]

  /** Of an expression of which only counts whether it is 0. */
  const truth = (e: Expr, m: Mapping): string => {
    if (e.k === 'var')
      return renamed(names.get(e.v), 0) === 0 ? `v${id(m.variable(e.v))}` : unlike()
    if (e.k === 'bin' && (e.op === 'and' || e.op === 'or')) {
      const list = parts(e, e.op).map((x) => truth(x, m))
      return `${e.op}(${list.sort().join()})`
    }
    if (e.k === 'not') return `!${truth(e.a, m)}`
    if (e.k === 'if') return `(${truth(e.c, m)}?${truth(e.a, m)}:${truth(e.b, m)})`
    if (e.k === 'bin' && (e.op === 'eq' || e.op === 'ne')) {
      const own = namesOf(e.a) ?? namesOf(e.b) ?? (isTask(e.a) || isTask(e.b) ? TASKS : undefined)
      const picture = (x: Expr): string => (own ? name(x, own, m) : value(x, m))
      return `${e.op}(${[picture(e.a), picture(e.b)].sort().join()})`
    }
    return value(e, m)
  }

  /** Of an expression that is a number like others. */
  const value = (e: Expr, m: Mapping): string => {
    switch (e.k) {
      case 'num':
        return String(e.n)
      case 'var':
        return names.has(e.v) ? unlike() : `v${id(m.variable(e.v))}`
      case 'slot':
        return slot(e.p, m)
      case 'if':
        return `(${truth(e.c, m)}?${value(e.a, m)}:${value(e.b, m)})`
      case 'not':
        return truth(e, m)
      case 'bin':
        if (e.op === 'add')
          return `add(${parts(e, 'add')
            .map((x) => value(x, m))
            .sort()
            .join()})`
        if (e.op === 'sub' || e.op === 'lt' || e.op === 'le')
          return `${e.op}(${value(e.a, m)},${value(e.b, m)})`
        return truth(e, m)
      default:
        return unlike()
    }
  }

  /** Of an expression that is one of the names whose values become others. */
  const name = (e: Expr, own: Renaming, m: Mapping): string => {
    if (e.k === 'num') return `name${own === TASKS ? m.task(e.n) : m.value(own, e.n)}`
    if (e.k === 'task')
      return own === TASKS || automata.every((_, i) => m.value(own, i + 1) === m.task(i + 1))
        ? e.who
        : unlike()
    if (e.k === 'if') return `(${truth(e.c, m)}?${name(e.a, own, m)}:${name(e.b, own, m)})`
    return e.k === 'var' && names.get(e.v) === own ? `v${id(m.variable(e.v))}` : unlike()
  }

  /** What a task has of its own looks the same if each task's becomes that of the task in its place. */
  const slot = (p: PerTask, m: Mapping): string => {
    const isSame = automata.every((_, i) => {
      const [is, should] = [m.variable(p.slot(i)), p.slot(m.task(i + 1) - 1)]
      return (
        is === should || (!changing.has(is) && !changing.has(should) && is.init === should.init)
      )
    })
    return isSame ? `s${id(p)}` : unlike()
  }

  const op = (n: Node, m: Mapping): string => {
    const targets = n.assign.map((a) => a.to)
    const assign = n.assign.map(({ to, value: x }) => {
      const own = names.get(to)
      return `v${id(m.variable(to))}=${own ? name(x, own, m) : value(x, m)}`
    })
    const waits = n.waits
      ? `${wordless(n.waits.on)}:${n.waits.holder ? truth(n.waits.holder, m) : ''}`
      : ''
    const own = namesOf(n.answer)
    // Of two assignments to one variable the last one counts; nobody writes that.
    const once = new Set(targets).size === targets.length ? '' : unlike()
    return [
      n.kind,
      truth(n.guard, m),
      assign.sort().join(';'),
      own ? name(n.answer, own, m) : value(n.answer, m),
      waits,
      n.out ? `out${id(n.out)}` : '',
      once,
    ].join('|')
  }

  const ways = (n: Node, m: Mapping, inOrder: boolean): ((place: Mapping['place']) => string) => {
    const own = namesOf(n.answer)
    // What somebody outside of the model answers means something.
    const isFree = n.kind === 'choose' && !n.out && !inOrder
    const list = n.edges.map(({ answer, to, flags }) => ({
      to,
      before: `${isFree ? '' : own ? m.value(own, answer) : answer}>`,
      after: `:${flagsPicture(flags)}`,
    }))
    return (place) =>
      list
        .map(({ to, before, after }) => `${before}${to < 0 ? '!' : place(to)}${after}`)
        .sort()
        .join(';')
  }

  const edges: Pictures['edges'] = (n, m, inOrder) => ways(n, m, inOrder)(m.place)

  return { truth, value, op, edges, ways }
}
