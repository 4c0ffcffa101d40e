/** Tasks as WebAssembly: a function with a switch over the program counter, from the same plans as the JavaScript. */
import type { Automaton } from '../automaton.ts'
import type { Field, Layout } from '../layout.ts'
import {
  type Branch,
  type Check,
  type EdgePlan,
  type NewValue,
  type NodePlan,
  planNode,
  type WordPlan,
} from '../node-plan.ts'
import {
  add,
  and,
  type Code,
  call,
  eq,
  type FunctionCode,
  get,
  gt,
  ints,
  leave,
  leavingSwitch,
  loadByte,
  lt,
  not,
  num,
  or,
  set,
  shl,
  store,
  storeByte,
  sub,
  textOf,
  type Value,
  when,
} from './encoder.ts'
import { fieldOf, numberOf, truthOf, WORDS, word } from './expression.ts'
import type { MemoryMap } from './memory-map.ts'

/** Kinds of reports, in the words of `Listener`. */
export const REPORT = {
  flag: 0,
  halt: 1,
  bound: 2,
  watched: 3,
  measured: 4,
  impossible: 5,
} as const

/** Where the next successor goes, and the number of the state that is expanded: the first locals. */
const OUT = 0
const STATE = 1

export interface TaskContext {
  readonly layout: Layout
  readonly map: MemoryMap
  /** Number of the function that notes a report. */
  readonly report: number
}

/** One task or a range of its nodes: (where the next successor goes, number of the state, words...) -> where the next one goes. */
export interface TaskPart {
  readonly task: number
  readonly from: number
  readonly to: number
  readonly code: FunctionCode
}

/** Bytes of code in one function: one that is too large is compiled badly, and late. */
const PART = 6_000

export function taskParts(automata: readonly Automaton[], cx: TaskContext): TaskPart[] {
  const parts: TaskPart[] = []
  let site = 0
  automata.forEach((automaton, task) => {
    const first: number[] = []
    for (const n of automaton.nodes) {
      first.push(site)
      site += Math.max(1, n.edges.length)
    }
    const siteOf = (node: number, edge: number): number => (first[node] ?? 0) + edge
    const { layout } = cx
    const cases = automaton.nodes.map((_, i) => {
      const plan = planNode({ layout, task, automaton, siteOf }, i)
      return plan ? textOf([nodeCode(plan, cx), leave(get(OUT))]) : ''
    })
    const locals = Math.max(0, ...automaton.nodes.map((n) => n.assign.length))
    for (const { from, to } of rangesOf(cases)) {
      const pc = fieldOf(layout.pcs[task] as Field)
      const at = from === 0 ? pc : sub(pc, num(from))
      const body = [leavingSwitch(at, cases.slice(from, to)), get(OUT)]
      const params = ints(WORDS + layout.words)
      const code = {
        params,
        results: ints(1),
        locals: ints(locals),
        body,
      }
      parts.push({ task, from, to, code })
    }
  })
  return parts
}

function rangesOf(cases: readonly string[]): { from: number; to: number }[] {
  const ranges: { from: number; to: number }[] = []
  let size = 0
  cases.forEach((code, i) => {
    const last = ranges.at(-1)
    if (last && size + code.length <= PART) last.to = i + 1
    else {
      ranges.push({ from: i, to: i + 1 })
      size = 0
    }
    size += code.length
  })
  return ranges.filter(({ from, to }) => cases.slice(from, to).some((c) => c !== ''))
}

export const reportCode = (
  cx: TaskContext,
  kind: keyof typeof REPORT,
  what: number,
  assignment = 0,
  value: Value = num(0),
): Value => call(cx.report, num(REPORT[kind]), get(STATE), num(what), num(assignment), value)

function nodeCode(plan: NodePlan, cx: TaskContext): Code {
  const isAlways = plan.guard.k === 'num'
  const hit = cx.map.hit + plan.site
  const body = [
    // Looked at first: what several workers write again and again, they take out of each other's caches.
    when(not(loadByte(num(0), hit)), storeByte(num(0), num(1), hit)),
    branchCode(plan.branch, plan.site, cx),
  ]
  return isAlways ? body : when(truthOf(plan.guard, cx.layout), body)
}

function branchCode(branch: Branch, site: number, cx: TaskContext): Code {
  switch (branch.kind) {
    case 'impossible':
      return reportCode(cx, 'impossible', site)
    case 'edges':
      return branch.edges.map((e) => edgeCode(e, cx))
    case 'truth':
      return when(
        truthOf(branch.answer, cx.layout),
        edgeCode(branch.yes, cx),
        edgeCode(branch.no, cx),
      )
    case 'cases': {
      const answer = numberOf(branch.answer, cx.layout)
      return branch.cases.reduceRight<Code>(
        (otherwise, { answers, edge }) =>
          when(
            answers.map((n) => eq(answer, num(n))).reduce((a, b) => or(a, b)),
            edgeCode(edge, cx),
            otherwise,
          ),
        reportCode(cx, 'impossible', site),
      )
    }
  }
}

function edgeCode(edge: EdgePlan, cx: TaskContext): Code {
  const local = (name: number): number => WORDS + cx.layout.words + name
  const newValue = (v: NewValue): Value => (v.kind === 'number' ? num(v.n) : get(local(v.name)))
  const leaves = ({ value, min, max }: Check): Value => {
    const x = newValue(value)
    const tests = [
      ...(min !== undefined ? [lt(x, num(min))] : []),
      ...(max !== undefined ? [gt(x, num(max))] : []),
    ]
    return tests.reduce((a, b) => or(a, b))
  }
  const flags = edge.hasFlags
    ? when(loadByte(num(0), cx.map.live + edge.site), reportCode(cx, 'flag', edge.site))
    : []
  const arrive = edge.halts ? reportCode(cx, 'halt', edge.site) : successor(edge, cx, local)
  const taken = edge.checks.reduceRight<Code>(
    (otherwise, c) =>
      when(
        leaves(c),
        reportCode(cx, 'bound', edge.site, c.assignment, newValue(c.value)),
        otherwise,
      ),
    [flags, arrive],
  )
  const locals = edge.locals.map(({ name, value }) => set(local(name), numberOf(value, cx.layout)))
  return [...locals, taken]
}

/** Appends the successor's words, then the edge's number. */
function successor(edge: EdgePlan, { layout }: TaskContext, local: (n: number) => number): Code {
  const stores = edge.words.map((w, i) =>
    w.mask === 0 && w.grow === 0
      ? (COPIES[i] ?? copyWord(i))
      : store(get(OUT), wordCode(w, i, local), i * 4),
  )
  const { words } = layout
  return [
    stores,
    store(get(OUT), num(edge.site), words * 4),
    set(OUT, add(get(OUT), num((words + 1) * 4))),
  ]
}

const copyWord = (i: number): Value => store(get(OUT), word(i), i * 4)
/** Most words stay what they were: the code of that, made once. */
const COPIES = Array.from({ length: 16 }, (_, i) => copyWord(i))

function wordCode(
  { mask, dynamic, constant, grow }: WordPlan,
  i: number,
  local: (name: number) => number,
): Value {
  const kept = mask === 0 ? word(i) : and(word(i), num(~mask))
  const parts = dynamic.map(({ field: f, local: name }) => {
    const x = f.min === 0 ? get(local(name)) : sub(get(local(name)), num(f.min))
    return f.shift === 0 ? x : shl(x, num(f.shift))
  })
  const all = constant === 0 ? parts : [...parts, num(constant)]
  const whole = all.reduce((a, b) => or(a, b), kept)
  return grow === 0 ? whole : add(whole, num(grow))
}
