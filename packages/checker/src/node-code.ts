/**
 * One node of an automaton as JavaScript: the guard, then for each edge the words of the successor, appended to the
 * batch `succ` at `o`.
 */
import { truthCode, valueCode } from './expression-code.ts'
import type { Field, Layout } from './layout.ts'
import {
  type Check,
  type EdgePlan,
  type NewValue,
  type NodeContext,
  type NodePlan,
  planNode,
  type WordPlan,
} from './node-plan.ts'

/** The code of node `index`; empty when it can do nothing. */
export function nodeCode(cx: NodeContext, index: number): string {
  const plan = planNode(cx, index)
  if (!plan) return ''
  const guard = truthCode(plan.guard, cx.layout)
  const body = `hit[${plan.site}]=1;${branchCode(plan, cx.layout)}`
  if (guard === 'false') return ''
  return guard === 'true' ? body : `if(${guard}){${body}}`
}

function branchCode({ branch, site }: NodePlan, layout: Layout): string {
  const impossible = `impossible(c,${site});`
  switch (branch.kind) {
    case 'impossible':
      return impossible
    case 'edges':
      return branch.edges.map((e) => edgeCode(e, layout)).join('')
    case 'truth':
      return `if(${truthCode(branch.answer, layout)})${edgeCode(branch.yes, layout)}else${edgeCode(branch.no, layout)}`
    case 'cases': {
      const cases = branch.cases.map(
        ({ answers, edge }) =>
          `${answers.map((n) => `case ${n}:`).join('')}${edgeCode(edge, layout)}break;`,
      )
      return `switch(${valueCode(branch.answer, layout)}){${cases.join('')}default:${impossible}}`
    }
  }
}

function edgeCode(edge: EdgePlan, layout: Layout): string {
  const locals = edge.locals.map(({ name, value }) => `x${name}=${valueCode(value, layout)}`)
  const declare = locals.length > 0 ? `const ${locals.join(',')};` : ''
  const checks = edge.checks.map(
    (c) => `if(${leaves(c)})bound(c,${edge.site},${c.assignment},${newValue(c.value)});else `,
  )
  const flags = edge.hasFlags ? `if(live[${edge.site}]!==0)flag(c,${edge.site});` : ''
  const arrive = edge.halts ? `halt(c,${edge.site});` : successor(edge, layout)
  return `{${declare}${checks.join('')}{${flags}${arrive}}}`
}

/** The condition under which the new value leaves the field. */
function leaves({ value, min, max }: Check): string {
  const x = newValue(value)
  const tests = [
    ...(min !== undefined ? [`${x}<${min}`] : []),
    ...(max !== undefined ? [`${x}>${max}`] : []),
  ]
  return tests.join('||')
}

const newValue = (v: NewValue): string => (v.kind === 'number' ? `${v.n}` : `x${v.name}`)

/** Appends the successor's words, then the edge's number. */
function successor({ words, site }: EdgePlan, layout: Layout): string {
  const stores = words.map((w, i) => `succ[o${i === 0 ? '' : `+${i}`}]=${wordCode(w, i)};`)
  const n = layout.words
  return `${stores.join('')}succ[o+${n}]=${site};o+=${n + 1};`
}

function wordCode({ mask, dynamic, constant, grow }: WordPlan, word: number): string {
  const kept = mask === 0 ? `s${word}` : `(s${word}&${~mask})`
  const parts = [kept, ...dynamic.map(({ field, local }) => placedCode(field, `x${local}`))]
  const whole = [...parts, ...(constant !== 0 ? [`${constant}`] : [])].join('|')
  if (grow === 0) return whole
  return mask === 0 ? `(${whole}+${grow})|0` : `((${whole})+${grow})|0`
}

const placedCode = (f: Field, x: string): string => {
  const value = f.min === 0 ? x : `(${x}-(${f.min}))`
  return f.shift === 0 ? value : `(${value}<<${f.shift})`
}
