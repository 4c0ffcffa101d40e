/**
 * JavaScript for one world: what can happen in a state, what is looked at in it, and the set of states.
 *
 * `expand` appends the successors of a range of states to a batch; `insert` adds a batch to the set. Everything that
 * happens rarely is a call to a `Listener`. One function per task, cut into parts where it grows large: a function
 * beyond 60 kB of byte code would never be optimised.
 */
import type { Expr, Measure } from '@mmulab/model'
import type { Reduction } from './alone.ts'
import type { Automaton, Linked } from './automaton.ts'
import { truthCode, valueCode } from './expression-code.ts'
import type { Layout } from './layout.ts'
import type { Site } from './node-plan.ts'
import { symmetryCode } from './symmetry-code.ts'
import { tableCode } from './table-code.ts'
import { inParts, isAt, type TaskFunctions, taskFunctions } from './task-code.ts'

/** What generated code reports. `state` is the index of the state that is expanded. */
export interface Listener {
  /** An edge with flags is taken. */
  flag(state: number, site: number): void
  /** The kernel stops on this edge. */
  halt(state: number, site: number): void
  /** The value would leave the variable's field; the edge is not taken. */
  bound(state: number, site: number, assignment: number, value: number): void
  /** Watched expression number `watch` has the value it is watched for. */
  watched(state: number, watch: number): void
  /** A step answered what no edge is for. */
  impossible(state: number, site: number): void
}

/** Something looked at in every state that is expanded, while `live[number]` is not 0. */
export interface Watch {
  readonly when: Expr
  /** What `when` is watched for: being true (`sometimes`) or false (invariants). */
  readonly for: boolean
}

export interface Batch {
  /** Per successor its words, then the number of the site of its edge. */
  readonly succ: Int32Array
  /** Per expanded state, where its successors end in `succ`. */
  readonly ends: Int32Array
  /** After `resolve`: the index of each successor, or -1. */
  readonly slots: Int32Array
  /** Per successor, with symmetry, which exchanges of tasks made it what it is (`symmetry-code.ts`). */
  readonly turned?: Int32Array
}

export interface Program {
  readonly source: string
  readonly batch: Batch
  /** Per site, per watch (from `sites.length` on) and per measure after them: whether it is still of interest. */
  readonly live: Uint8Array
  /** Per first site of a node: whether its guard has held. */
  readonly hit: Uint8Array
  /** Per measure: smallest and largest value so far. */
  readonly least: Int32Array
  readonly most: Int32Array
  /** Expands states from `from` on, before `to` and while the batch has room; returns the first one not expanded. */
  expand(states: Int32Array, from: number, to: number): number
  /** Adds the first `count` successors; the new number of states, or -1 - number when `limit` was met. */
  insert(
    states: Int32Array,
    table: Int32Array,
    size: number,
    bits: number,
    count: number,
    n: number,
    limit: number,
  ): number
  resolve(states: Int32Array, table: Int32Array, size: number, bits: number, count: number): number
  rehash(states: Int32Array, n: number, table: Int32Array, size: number, bits: number): void
}

/** All edges of all tasks; a node without edges has one site too. */
export function sitesOf(automata: readonly Automaton[]): Site[] {
  const sites: Site[] = []
  for (const [task, { nodes }] of automata.entries())
    for (const [node, { edges }] of nodes.entries())
      for (let edge = 0; edge < Math.max(1, edges.length); edge++) sites.push({ task, node, edge })
  return sites
}

/** Successors in a batch: enough to overlap cache misses, few enough to stay in the nearest caches. */
const BATCH = 1024

export function generate(
  linked: Linked,
  layout: Layout,
  watches: readonly Watch[],
  listener: Listener,
  reduction?: Reduction,
): Program {
  const sites = sitesOf(linked.automata)
  const stride = layout.words + 1
  const fanOut = linked.automata
    .map((a) => Math.max(1, ...a.nodes.map((n) => (n.kind === 'choose' ? n.edges.length : 1))))
    .reduce((a, b) => a + b, 0)
  const capacity = BATCH + fanOut
  const source = programSource(linked, layout, watches, sites.length, reduction)
  const succ = new Int32Array(capacity * stride)
  const slots = new Int32Array(capacity)
  const ends = new Int32Array(BATCH)
  const live = new Uint8Array(sites.length + watches.length + linked.measures.length).fill(1)
  const hit = new Uint8Array(sites.length)
  const least = new Int32Array(linked.measures.length).fill(2 ** 31 - 1)
  const most = new Int32Array(linked.measures.length).fill(-(2 ** 31))
  const make = new Function(
    ...[
      'succ',
      'slots',
      'ends',
      'hashes',
      'live',
      'hit',
      'least',
      'most',
      'listener',
      'tables',
      'turned',
    ],
    source,
  )
  const hashes = new Int32Array(capacity)
  const tables = reduction?.alone?.words
  const turned = reduction?.symmetry && new Int32Array(capacity)
  const functions = make(
    ...[succ, slots, ends, hashes, live, hit, least, most, listener, tables, turned],
  )
  const batch = { succ, ends, slots, ...(turned && { turned }) }
  return { source, batch, live, hit, least, most, ...functions }
}

const words = (layout: Layout, f: (i: number) => string): string =>
  Array.from({ length: layout.words }, (_, i) => f(i)).join()

function programSource(
  linked: Linked,
  layout: Layout,
  watches: readonly Watch[],
  sites: number,
  reduction: Reduction | undefined,
): string {
  const params = words(layout, (i) => `s${i}`)
  const look = lookParts(linked, layout, watches, sites)
  const tasks = taskFunctions(linked.automata, layout)
  return `'use strict';let touched=0;
const {flag,halt,bound,watched,impossible}=listener;
${look.map((part, i) => `function look${i}(c,${params}){${part}}`).join('\n')}
${tasks.functions.join('\n')}
${reduction?.alone ? reduction.alone.code(layout) : ''}
${reduction?.fuses ? followCode(tasks, layout) : ''}
${reduction?.symmetry ? symmetryCode(reduction.symmetry, layout) : ''}
function expand(states,from,to){
  let o=0,c=from;
  const last=Math.min(to,from+${BATCH});
  for(;c<last&&o<${BATCH * (layout.words + 1)};c++){
    const q=c*${layout.words};const ${words(layout, (i) => `s${i}=states[q+${i}]`)};
    ${look.map((_, i) => `look${i}(c,${params});`).join('')}
    ${reduction ? turnsCode(tasks, reduction, params) : tasks.calls.map((x) => x.code).join('\n    ')}
    ends[c-from]=o}
  return c}
${tableCode(layout.words)}
return {expand,insert,resolve,rehash}`
}

/** The tasks' turns where one of them may have to go alone, and what is made of their successors. */
function turnsCode(
  { calls }: TaskFunctions,
  { alone, fuses, symmetry }: Reduction,
  words: string,
): string {
  const turns = calls.map(({ task, code }) => {
    const after = `${fuses ? `follow${task}(b,o,c);` : ''}${symmetry ? 'sortTasks(succ,turned,b,o);' : ''}`
    const turn = after === '' ? code : `{const b=o;${code}${after}}`
    return alone ? `if(k<0||k===${task})${turn}` : turn
  })
  return `${alone ? `const k=alone(${words});` : ''}\n    ${turns.join('\n    ')}`
}

/** Steps that are passed through at once. No task has so many in a row; and to keep a state more is never wrong. */
export const FOLLOWED = 1000

/**
 * Successors in which the task that has just moved goes on alone, in one way only, are replaced by what comes after them. The
 * number of the first edge stays.
 */
function followCode({ calls }: TaskFunctions, layout: Layout): string {
  const stride = layout.words + 1
  const params = words(layout, (i) => `s${i}`)
  return [...new Set(calls.map((x) => x.task))]
    .map((t) => {
      const own = calls.filter((x) => x.task === t).map((x) => x.code)
      return `function follow${t}(from,to,c){
  for(let i=from;i<to;i+=${stride}){
    const site=succ[i+${layout.words}];
    for(let n=0;n<${FOLLOWED};n++){
      const ${words(layout, (w) => `s${w}=succ[i+${w}]`)};let o=i;
      if(!isStep${t}(${params}))break;
      fresh();
      if(!goes${t}(${params}))break;
      ${own.join('')}
      if(o===i)break}
    succ[i+${layout.words}]=site}}`
    })
    .join('\n')
}

/** Invariants, `sometimes` and measures, in parts of bounded size. */
function lookParts(
  linked: Linked,
  layout: Layout,
  watches: readonly Watch[],
  sites: number,
): string[] {
  const statements = watches.map((w, i) => {
    const test = truthCode(w.when, layout)
    return `if(live[${sites + i}]!==0&&${w.for ? test : `!${test}`})watched(c,${i});`
  })
  const measured = linked.measures.map((m, i) => {
    const when = `live[${sites + watches.length + i}]!==0&&${measuredWhen(m, linked, layout)}`
    const value = valueCode(m.value, layout)
    return `if(${when}){const x=${value};if(x<least[${i}])least[${i}]=x;if(x>most[${i}])most[${i}]=x}`
  })
  return inParts([...statements, ...measured])
}

/** By default a measure counts where all tasks but the daemons have finished. */
function measuredWhen(m: Measure, linked: Linked, layout: Layout): string {
  if (m.when) return truthCode(m.when, layout)
  const finished = linked.automata
    .map((a, task) => {
      const ends = a.nodes.flatMap((n, i) => (n.kind === 'end' ? [i] : []))
      return a.daemon ? 'true' : `(${ends.map((n) => isAt(layout, task, n)).join('||') || 'false'})`
    })
    .join('&&')
  return `(${finished})`
}
