/**
 * What one node of an automaton does to a packed state, cut into cases in each of which everything is constant: tests of words against
 * constants, and where they lead, successors made by clearing bits and adding constants, or reports. The same as `node-plan.ts` says,
 * as a tree that can be walked along instead of being compiled.
 */
import type { Expr } from '@mmulab/model'
import type { Node } from './automaton.ts'
import { comparison, conjunction, conjuncts, type MaskTest } from './expression-code.ts'
import { at, fieldFor, type Layout, maskOf, placed } from './layout.ts'
import { type Group, groupEdges, lastAssignments } from './node-plan.ts'
import {
  NOTHING_KNOWN,
  type Question,
  question,
  type Ranges,
  rangeOf,
  whereIs,
  whereIsNot,
  within,
} from './ranges.ts'

/** What comes next; undefined where nothing does. */
export type Case = Test | Report | undefined

/** Where all `tests` hold, or with `negated` where they do not: the successor, if there is one, and then `yes`; otherwise `no`. */
export interface Test {
  readonly kind: 'test'
  readonly tests: readonly MaskTest[]
  readonly negated: boolean
  readonly successor: Successor | undefined
  readonly yes: Case
  readonly no: Case
}

/**
 * The new words are `(old & keep) + add`, word by word, but for the task's place: words and sums that are not negative, while what is
 * added may be. And by which of the node's edges.
 */
export interface Successor {
  readonly keep: readonly number[]
  readonly add: readonly number[]
  readonly edge: number
}

/** Somebody is told, and then comes `next`. */
export interface Report {
  readonly kind: 'bound' | 'impossible'
  readonly edge: number
  readonly assignment: number
  readonly value: number
  readonly next: Case
}

/** Cases of one node beyond which it is better compiled. */
const MOST = 64

/** The cases of a node, the same for all that differ in where their edges lead; 'many' where they are too many. */
type CasesOf = (node: Node) => Case | 'many'

/** Nodes of different tasks mostly share what they do, the same objects: their cases are made once. */
export function casesFor(layout: Layout): CasesOf {
  const numbers = new Map<object, number>()
  const numberOf = (o: object): number => {
    const known = numbers.get(o)
    if (known !== undefined) return known
    numbers.set(o, numbers.size)
    return numbers.size - 1
  }
  const made = new Map<string, Case | 'many'>()
  return (node) => {
    if (node.kind === 'end') return undefined
    const groups = node.kind === 'choose' ? undefined : groupEdges(node.edges)
    const ways = groups?.map((g) => `${g.index}:${g.answers}`) ?? ['all', node.edges.length]
    const what = [node.guard, node.assign, node.answer].map(numberOf)
    const key = [...what, ...ways].join(' ')
    const known = made.get(key)
    if (known || made.has(key)) return known
    const cases = casesOf(layout, node, groups)
    made.set(key, cases)
    return cases
  }
}

/** `groups`: those of its edges that do not do the same, or undefined where all of them are taken. */
function casesOf(layout: Layout, node: Node, groups: readonly Group[] | undefined): Case | 'many' {
  const assignments = lastAssignments(node)
  let count = 0

  const test = (tests: readonly MaskTest[], yes: Case, no: Case): Case => {
    count++
    // Both at once, where one can be: mostly it is not the one value that was asked for.
    if (isSuccessor(no)) return { ...no, tests, negated: true, no: yes }
    if (isSuccessor(yes)) return { ...yes, tests, no }
    return yes || no
      ? { kind: 'test', tests, negated: false, successor: undefined, yes, no }
      : undefined
  }

  const ask = (q: Question | undefined, known: Ranges, then: After): Case => {
    if (!q || count > MOST) {
      count = MOST + 1
      return undefined
    }
    const f = fieldFor(layout, q.v)
    const asked = { word: f.word, mask: maskOf(f), value: placed(f, q.n) }
    const yes = then(whereIs(known, q.v, q.n))
    return test([asked], yes, then(whereIsNot(known, q.v, q.n, layout)))
  }

  const report = (
    kind: Report['kind'],
    edge: number,
    next: Case,
    assignment = 0,
    value = 0,
  ): Case => {
    count++
    return { kind, edge, assignment, value, next }
  }

  const guarded = (known: Ranges, then: After): Case => {
    const guard = within(node.guard, known, layout)
    if (guard.k === 'num') return guard.n === 0 ? undefined : then(known)
    const { masks, rest } = conjunction(guard, layout)
    if (rest.length > 0 || masks.length === 0)
      return ask(question(guard, known, layout), known, (k) => guarded(k, then))
    const so = conjuncts(guard).reduce((k, part) => {
      const is = comparison(part)
      return is ? whereIs(k, is.v, is.n) : k
    }, known)
    return test(masks, then(so), undefined)
  }

  const answered = (known: Ranges): Case => {
    if (!groups) return chosen(0, known)
    const [only] = groups
    if (!only) return report('impossible', 0, undefined)
    if (groups.length === 1) return taken(only.index, known)
    const answer = within(node.answer, known, layout)
    if (answer.k !== 'num') return ask(question(answer, known, layout), known, answered)
    const group = groups.find((g) => g.answers.includes(answer.n))
    return group ? taken(group.index, known) : report('impossible', 0, undefined)
  }

  const chosen = (edge: number, known: Ranges): Case =>
    edge < node.edges.length ? taken(edge, known, (k) => chosen(edge + 1, k)) : undefined

  /** `then`: what comes after the edge. */
  const taken = (edge: number, known: Ranges, then: After = nothing): Case => {
    const keep = Array.from({ length: layout.words }, () => -1)
    return assigned(0, { keep, add: keep.map(() => 0), edge }, known, then)
  }

  /** What comes of the edge, when the assignments before number `from` have been made in `made`, which may be changed. */
  const assigned = (
    from: number,
    made: { keep: number[]; add: number[]; edge: number },
    known: Ranges,
    then: After,
  ): Case => {
    const { keep, add, edge } = made
    for (let i = from; i < assignments.length; i++) {
      const a = at(assignments, i)
      const f = fieldFor(layout, a.to)
      const value = within(a.value, known, layout)
      const sum = sumOf(value)
      const again = (k: Ranges): Case =>
        assigned(i, { keep: [...keep], add: [...add], edge }, k, then)
      if (!sum || (sum.v && sum.v !== a.to))
        return ask(question(value, known, layout), known, again)
      const { n } = sum
      const range = rangeOf(a.to, known, layout)
      if (sum.v) {
        // What leaves the field is a case of its own.
        if (range.high + n > f.max) return ask({ v: a.to, n: range.high }, known, again)
        if (range.low + n < f.min) return ask({ v: a.to, n: range.low }, known, again)
      } else if (n < f.min || n > f.max)
        return report('bound', edge, then(known), node.assign.indexOf(a), n)
      if (f.bits === 0) continue
      const isKnown = range.low === range.high
      if (!sum.v && !isKnown) keep[f.word] = at(keep, f.word) & ~maskOf(f)
      const grow = sum.v ? n : n - (isKnown ? range.low : f.min)
      add[f.word] = at(add, f.word) + grow * 2 ** f.shift
    }
    count++
    const tests: readonly MaskTest[] = []
    return { kind: 'test', tests, negated: false, successor: made, yes: then(known), no: undefined }
  }

  const all = guarded(NOTHING_KNOWN, answered)
  return count > MOST ? 'many' : all
}

type After = (known: Ranges) => Case
const nothing: After = () => undefined

const isSuccessor = (c: Case): c is Test =>
  c?.kind === 'test' && c.tests.length === 0 && c.successor !== undefined

/** An expression as a variable plus a number, or a number. */
function sumOf(e: Expr): { readonly v?: Question['v']; readonly n: number } | undefined {
  if (e.k === 'num') return { n: e.n }
  if (e.k === 'var') return { v: e.v, n: 0 }
  if (e.k !== 'bin' || (e.op !== 'add' && e.op !== 'sub')) return undefined
  const [a, b] = [sumOf(e.a), sumOf(e.b)]
  if (!a || !b || (b.v && (a.v || e.op === 'sub'))) return undefined
  const n = e.op === 'add' ? a.n + b.n : a.n - b.n
  const v = a.v ?? b.v
  return v ? { v, n } : { n }
}
