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
  block,
  type Code,
  call,
  eq,
  type FunctionCode,
  get,
  gt,
  ints,
  jump,
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

/** `compiled`: which nodes of each task are compiled; the others are rows. */
export function taskParts(
  automata: readonly Automaton[],
  cx: TaskContext,
  compiled: readonly ReadonlySet<number>[],
): TaskPart[] {
  const parts: TaskPart[] = []
  let site = 0
  automata.forEach((automaton, task) => {
    const isCompiled = compiled[task] as ReadonlySet<number>
    const first: number[] = []
    for (const n of automaton.nodes) {
      first.push(site)
      site += Math.max(1, n.edges.length)
    }
    const siteOf = (node: number, edge: number): number => (first[node] ?? 0) + edge
    const { layout } = cx
    const locals = Math.max(0, ...automaton.nodes.map((n) => n.assign.length))
    const own: TaskPart[] = []
    // From the end, for how far it is out of a case depends on the cases after it.
    let part:
      | { readonly to: number; readonly cases: string[]; filled: number; size: number }
      | undefined
    const close = (from: number): void => {
      if (part && part.filled > 0) {
        const { to, cases } = part
        own.push({ task, from, to, code: partCode(task, from, cases.reverse(), locals, cx) })
      }
      part = undefined
    }
    for (let i = automaton.nodes.length - 1; i >= 0; i--) {
      const plan = isCompiled.has(i) ? planNode({ layout, task, automaton, siteOf }, i) : undefined
      const codeAfter = (filled: number): string =>
        plan ? textOf([nodeCode(plan, cx, filled + 1), leave(get(OUT))]) : ''
      let code = codeAfter(part?.filled ?? 0)
      if (part && part.size + code.length > PART) {
        close(i + 1)
        code = codeAfter(0)
      }
      part ??= { to: i + 1, cases: [], filled: 0, size: 0 }
      part.cases.push(code)
      part.size += code.length
      if (code !== '') part.filled++
    }
    close(0)
    parts.push(...own.reverse())
  })
  return parts
}

/**
 * A switch over the places of a task. A case either leaves the function, or leaves in `NEXT` and `SITE` what becomes of the state and by
 * which edge, and jumps out of the switch: there it is written, once for all cases.
 */
function partCode(
  task: number,
  from: number,
  cases: readonly string[],
  more: number,
  { layout }: TaskContext,
): FunctionCode {
  const { words } = layout
  const pc = fieldOf(layout.pcs[task] as Field)
  const next = nextOf(layout)
  const all = Array.from({ length: words }, (_, i) => i)
  const body = [
    all.map((i) => set(next + i, word(i))),
    block(leavingSwitch(from === 0 ? pc : sub(pc, num(from)), cases), leave(get(OUT))),
    all.map((i) => store(get(OUT), get(next + i), i * 4)),
    store(get(OUT), get(siteIn(layout)), words * 4),
    add(get(OUT), num((words + 1) * 4)),
  ]
  return {
    params: ints(WORDS + words),
    results: ints(1),
    locals: ints(words + 1 + more),
    body,
  }
}

/** The locals after the words of the state: the words of its successor, the number of the edge, and then what an edge has to remember. */
const nextOf = ({ words }: Layout): number => WORDS + words
const siteIn = (layout: Layout): number => nextOf(layout) + layout.words
const localOf =
  (layout: Layout) =>
  (name: number): number =>
    siteIn(layout) + 1 + name

export const reportCode = (
  cx: TaskContext,
  kind: keyof typeof REPORT,
  what: number,
  assignment = 0,
  value: Value = num(0),
): Value => call(cx.report, num(REPORT[kind]), get(STATE), num(what), num(assignment), value)

/** `out`: label of the end of the switch, as this case sees it. */
function nodeCode(plan: NodePlan, cx: TaskContext, out: number): Code {
  const isAlways = plan.guard.k === 'num'
  const hit = cx.map.hit + plan.site
  const mark = storeByte(num(0), num(1), hit)
  const body = [
    // Looked at first: what several workers write again and again, they take out of each other's caches.
    cx.map.workers > 1 ? when(not(loadByte(num(0), hit)), mark) : mark,
    branchCode(plan.branch, plan.site, cx, isAlways ? out : out + 1),
  ]
  return isAlways ? body : when(truthOf(plan.guard, cx.layout), body)
}

function branchCode(branch: Branch, site: number, cx: TaskContext, out: number): Code {
  switch (branch.kind) {
    case 'impossible':
      return reportCode(cx, 'impossible', site)
    case 'edges': {
      const isOne = branch.edges.length === 1
      return branch.edges.map((e) => edgeCode(e, cx, isOne ? out : undefined))
    }
    case 'truth':
      return when(
        truthOf(branch.answer, cx.layout),
        edgeCode(branch.yes, cx, out + 1),
        edgeCode(branch.no, cx, out + 1),
      )
    case 'cases': {
      const answer = numberOf(branch.answer, cx.layout)
      return branch.cases.reduceRight<Code>(
        (otherwise, { answers, edge }, i) =>
          when(
            answers.map((n) => eq(answer, num(n))).reduce((a, b) => or(a, b)),
            edgeCode(edge, cx, out + 1 + i),
            otherwise,
          ),
        reportCode(cx, 'impossible', site),
      )
    }
  }
}

/** `out` is undefined where more edges are taken after this one. */
function edgeCode(edge: EdgePlan, cx: TaskContext, out: number | undefined): Code {
  const local = localOf(cx.layout)
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
  const arrive = (): Code =>
    out === undefined
      ? appended(edge, cx, local)
      : [left(edge, cx, local), jump(out + edge.checks.length)]
  const taken = edge.checks.reduceRight<Code>(
    (otherwise, c) =>
      when(
        leaves(c),
        reportCode(cx, 'bound', edge.site, c.assignment, newValue(c.value)),
        otherwise,
      ),
    [flags, edge.halts ? reportCode(cx, 'halt', edge.site) : arrive()],
  )
  const locals = edge.locals.map(({ name, value }) => set(local(name), numberOf(value, cx.layout)))
  return [locals, taken]
}

/** What becomes of the state, left where it is written at the end of the switch. */
const left = (edge: EdgePlan, { layout }: TaskContext, local: (n: number) => number): Code => [
  edge.words.map((w, i) =>
    w.mask === 0 && w.grow === 0 ? '' : set(nextOf(layout) + i, wordCode(w, i, local)),
  ),
  set(siteIn(layout), num(edge.site)),
]

/** Appends the successor's words, then the edge's number. */
const appended = (edge: EdgePlan, { layout }: TaskContext, local: (n: number) => number): Code => [
  edge.words.map((w, i) => store(get(OUT), wordCode(w, i, local), i * 4)),
  store(get(OUT), num(edge.site), layout.words * 4),
  set(OUT, add(get(OUT), num((layout.words + 1) * 4))),
]

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
