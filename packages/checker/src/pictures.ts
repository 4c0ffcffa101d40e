/**
 * Pictures: texts that are equal only where ops or expressions mean the same, whatever the order of what they join or add up. A
 * picture can be taken as things would look after an exchange of tasks. What cannot be said to look the same is like nothing, not
 * even like itself.
 */
import type { Expr, PerTask, Variable } from '@mmulab/model'
import type { Linked, Node } from './automaton.ts'

/** What becomes of variables and of the numbers of tasks. */
export interface Mapping {
  variable(v: Variable): Variable
  /** Of a task's number, counted from 1; 0 is nobody. */
  task(n: number): number
}

export const UNCHANGED: Mapping = { variable: (v) => v, task: (n) => n }

export interface Pictures {
  truth(e: Expr, m: Mapping): string
  value(e: Expr, m: Mapping): string
  node(n: Node, m: Mapping): string
}

/** `names`: variables whose values are numbers of tasks. */
export function createPictures(
  { automata, variables }: Pick<Linked, 'automata' | 'variables'>,
  names: ReadonlySet<Variable>,
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

  const isName = (e: Expr): boolean =>
    e.k === 'var' ? names.has(e.v) : e.k === 'if' ? isName(e.a) || isName(e.b) : e.k === 'task'

  const parts = (e: Expr, op: string): Expr[] =>
    e.k === 'bin' && e.op === op ? [...parts(e.a, op), ...parts(e.b, op)] : [e]

  /** Of an expression of which only counts whether it is 0. */
  const truth = (e: Expr, m: Mapping): string => {
    if (e.k === 'var') return `v${id(m.variable(e.v))}`
    if (e.k === 'bin' && (e.op === 'and' || e.op === 'or')) {
      const list = parts(e, e.op).map((x) => truth(x, m))
      return `${e.op}(${list.sort().join()})`
    }
    if (e.k === 'not') return `!${truth(e.a, m)}`
    if (e.k === 'if') return `(${truth(e.c, m)}?${truth(e.a, m)}:${truth(e.b, m)})`
    if (e.k === 'bin' && (e.op === 'eq' || e.op === 'ne')) {
      const picture = isName(e.a) || isName(e.b) ? name : value
      return `${e.op}(${[picture(e.a, m), picture(e.b, m)].sort().join()})`
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

  /** Of an expression that is the number of a task, or 0. */
  const name = (e: Expr, m: Mapping): string => {
    if (e.k === 'num') return `task${m.task(e.n)}`
    if (e.k === 'task') return e.who
    if (e.k === 'if') return `(${truth(e.c, m)}?${name(e.a, m)}:${name(e.b, m)})`
    return e.k === 'var' && names.has(e.v) ? `v${id(m.variable(e.v))}` : unlike()
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

  const node = (n: Node, m: Mapping): string => {
    const targets = n.assign.map((a) => a.to)
    const assign = n.assign.map(({ to, value: x }) => {
      const picture = names.has(to) ? name : value
      return `v${id(m.variable(to))}=${picture(x, m)}`
    })
    const waits = n.waits ? `${n.waits.on}:${n.waits.holder ? truth(n.waits.holder, m) : ''}` : ''
    const edges = n.edges.map((e) => `${e.answer}>${e.to}:${JSON.stringify(e.flags)}`)
    // Of two assignments to one variable the last one counts; nobody writes that.
    const once = new Set(targets).size === targets.length ? '' : unlike()
    return [
      n.kind,
      truth(n.guard, m),
      assign.sort().join(';'),
      value(n.answer, m),
      edges.join(';'),
      waits,
      n.out ? `out${id(n.out)}` : '',
      once,
    ].join('|')
  }

  return { truth, value, node }
}
