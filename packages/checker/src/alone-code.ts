/**
 * The decision whether a task may go alone, as JavaScript over the words of a packed state. One function per task, `goesN`;
 * `alone` asks them in turn.
 *
 * A task may go alone when no op that others could run before it moves depends on its next one. "Others" are those who can run
 * now, and those whom these could wake; somebody who waits for the task itself comes too late to matter. Most states are decided
 * by what everybody could ever do from where it is; only then guards are looked at, and last who wakes whom.
 */
import { ALWAYS_ALONE, type AloneTables, MISLEADS } from './alone-tables.ts'
import type { AmpleTables } from './ample.ts'
import type { Automaton, Node } from './automaton.ts'
import type { Barrier } from './barriers.ts'
import { intervalOf, truthCode, valueCode } from './expression-code.ts'
import type { Layout } from './layout.ts'
import { pcCode } from './task-code.ts'

/** The arguments that stand for a state. */
export const wordNames = (layout: Layout): string =>
  Array.from({ length: layout.words }, (_, i) => `s${i}`).join()

/**
 * Functions `alone` (the task that goes alone, or -1), `goesN` (whether task N may) and `isStepN` (whether its next op is a step
 * that tells nobody anything: it has one outcome, which is all there is to it). `tables` is the name of the `AloneTables`.
 * What is found out about a state is kept in `able` and `shut`, which `fresh()` forgets.
 */
export function aloneCode(
  automata: readonly Automaton[],
  layout: Layout,
  { row, shows }: AloneTables,
  barriers: readonly Barrier[],
): string {
  const words = wordNames(layout)
  const tasks = automata.map((_, t) => t)
  const mayGo = tasks.filter((t) => row[t]?.some((r) => r !== -1))
  return `let able=-1,shut=-1;
function fresh(){able=-1;shut=-1}
${tasks.map((t) => `const row${t}=tables.row[${t}],against${t}=tables.against[${t}],waiter${t}=tables.waiter[${t}],by${t}=tables.by[${t}];`).join('\n')}
${automata.map((a, t) => canCode(a, t, layout)).join('\n')}
${automata.map((a, t) => stepsCode(a, t, layout, shows[t] ?? [])).join('\n')}
function ableCode(${words}){return ${tasks.map((t) => `(can${t}(${words})?${1 << t}:0)`).join('|')}}
function shutCode(${words}){return ${barriers.map(({ guard }, b) => (guard ? `(${truthCode(guard, layout)}?0:${1 << b})` : 1 << b)).join('|')}}
${tasks.map((t) => (mayGo.includes(t) ? goesCode(automata, layout, t, barriers.length) : `function goes${t}(){return false}`)).join('\n')}
function alone(${words}){fresh();${mayGo.map((t) => `if(goes${t}(${words}))return ${t};`).join('')}return -1}`
}

/** Whether the next op of a task can run. */
function canCode({ nodes }: Automaton, task: number, layout: Layout): string {
  const guards = nodes.map((n) => (n.kind === 'end' ? 'false' : truthCode(n.guard, layout)))
  const cases = guards.flatMap((g, i) => (g === 'true' ? [] : [`case ${i}:return ${g};`]))
  return `function can${task}(${wordNames(layout)}){switch(${pcCode(layout, task)}){${cases.join('')}}return true}`
}

/** Tables of bits would be as fast; this needs none. */
function stepsCode(
  { nodes }: Automaton,
  task: number,
  layout: Layout,
  shows: AmpleTables['shows'][number],
): string {
  const cases = nodes.flatMap((n, i) => {
    if (!isStep(n)) return [`case ${i}:return false;`]
    const seen = (shows[i] ?? []).map((c) => truthCode(c, layout))
    return seen.length > 0 ? [`case ${i}:return !(${seen.join('||')});`] : []
  })
  return `function isStep${task}(${wordNames(layout)}){switch(${pcCode(layout, task)}){${cases.join('')}}return true}`
}

/** Has one outcome, and tells nobody anything. */
export const isStep = (n: Node): boolean =>
  n.kind === 'step' && n.edges.every((e) => e.flags.length === 0)

function goesCode(
  automata: readonly Automaton[],
  layout: Layout,
  task: number,
  barriers: number,
): string {
  const words = wordNames(layout)
  const others = automata.flatMap((_, u) => (u === task ? [] : [u]))
  const nodes = (u: number): number => automata[u]?.nodes.length ?? 0
  const each = (f: (u: number) => string, glue: string, none: string): string =>
    others.map(f).join(glue) || none
  const all = barriers >= 31 ? 0x7fffffff : 2 ** barriers - 1
  const inside = insideCode(automata[task]?.nodes ?? [], task, layout)
  return `${inside.code}
function goes${task}(${words}){
  const r=row${task}[${pcCode(layout, task)}];
  if(r<0)return r===${ALWAYS_ALONE};
  ${others.map((u) => `const p${u}=${pcCode(layout, u)},c${u}=against${u}[r*${nodes(u)}+p${u}];`).join('')}
  if(((${each((u) => `c${u}`, '|', '0')})&${1 | MISLEADS})===0)return can${task}(${words})&&${inside.call};
  if(able<0)able=ableCode(${words});
  if((able&${1 << task})===0)return false;
  let left=${all}&~(${each((u) => `(able&${1 << u}?c${u}:0)`, '|', '0')});
  if(left===0)return false;
  if(left!==1){if(shut<0)shut=shutCode(${words});left&=shut;if(left===0)return false}
  const waits=${each((u) => `(able&${1 << u}?0:c${u})`, '|', '0')};
  if(waits<0||(left&~waits)===0){
    ${others.map((u) => `let a${u}=able&${1 << u}?-1:0;const w${u}=a${u}===0?waiter${u}[p${u}]:-1;`).join('')}
    for(let more=true;more;){
      more=false;
      ${others.map((u) => wakeCode(u, others, nodes)).join('\n      ')}
      left&=~(${each((u) => `(a${u}&c${u})`, '|', '0')});
      if(left===0)return false}
    ${others.map((u) => `if(c${u}<0)left&=a${u};`).join('')}
    if(left===0)return false}
  return ${inside.call}}`
}

/** Those of the others that are awake behind a barrier wake those that one of them may. */
const wakeCode = (
  u: number,
  others: readonly number[],
  nodes: (task: number) => number,
): string => {
  const wakers = others.filter((v) => v !== u)
  if (wakers.length === 0) return ''
  const woken = wakers.map((v) => `a${v}&by${v}[w${u}*${nodes(v)}+p${v}]`).join('|')
  return `if(w${u}>=0){const n=a${u}|${woken};if(n!==a${u}){a${u}=n;more=true}}`
}

/**
 * Whether no variable leaves its domain by the next op of the task. Others cannot change that before it moves, or it would not go
 * alone.
 */
function insideCode(
  nodes: readonly Node[],
  task: number,
  layout: Layout,
): { code: string; call: string } {
  const cases = nodes.flatMap((n, i) => {
    const test = n.kind === 'end' ? 'true' : staysInside(n, layout)
    return test === 'true' ? [] : [`case ${i}:return ${test};`]
  })
  if (cases.length === 0) return { code: '', call: 'true' }
  const words = wordNames(layout)
  return {
    code: `function inside${task}(${words}){switch(${pcCode(layout, task)}){${cases.join('')}}return true}`,
    call: `inside${task}(${words})`,
  }
}

function staysInside(n: Node, layout: Layout): string {
  const tests = n.assign.flatMap(({ to, value }) => {
    const [low, high] = intervalOf(value, layout)
    const x = valueCode(value, layout)
    return [
      ...(low < to.min ? [`${x}>=${to.min}`] : []),
      ...(high > to.max ? [`${x}<=${to.max}`] : []),
    ]
  })
  return tests.join('&&') || 'true'
}
