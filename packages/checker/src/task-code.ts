/**
 * The functions of the tasks: a switch over the program counter. A large task has several, each for a range of its nodes,
 * because V8 never optimises a function beyond 60 kB of byte code.
 */
import type { Automaton } from './automaton.ts'
import { type Layout, lowMask } from './layout.ts'
import { nodeCode } from './node-code.ts'

/** Characters of source in one generated function. */
const PART = 24_000

/** Statements joined into pieces of bounded size. */
export function inParts(statements: readonly string[]): string[] {
  const parts: string[] = []
  for (const s of statements) {
    const last = parts.at(-1)
    if (last !== undefined && last.length + s.length < PART) parts[parts.length - 1] = last + s
    else parts.push(s)
  }
  return parts
}

export function pcCode(layout: Layout, task: number): string {
  const f = layout.pcs[task]
  if (!f || f.bits === 0) return '0'
  return `(s${f.word}>>>${f.shift}&${lowMask(f)})`
}

export const isAt = (layout: Layout, task: number, node: number): string =>
  `(${pcCode(layout, task)}===${node})`

export interface TaskFunctions {
  readonly functions: readonly string[]
  /** Statements that call them, in order of tasks. */
  readonly calls: readonly { readonly task: number; readonly code: string }[]
}

export function taskFunctions(automata: readonly Automaton[], layout: Layout): TaskFunctions {
  const functions: string[] = []
  const calls: { task: number; code: string }[] = []
  const params = Array.from({ length: layout.words }, (_, i) => `s${i}`).join()
  let site = 0
  automata.forEach((automaton, task) => {
    const first: number[] = []
    for (const n of automaton.nodes) {
      first.push(site)
      site += Math.max(1, n.edges.length)
    }
    const siteOf = (node: number, edge: number): number => (first[node] ?? 0) + edge
    const codes = automaton.nodes.map((_, i) => nodeCode({ layout, task, automaton, siteOf }, i))
    const pc = pcCode(layout, task)
    for (const r of rangesOf(codes)) {
      const name = `task${task}_${r.from}`
      functions.push(`function ${name}(o,c,${params}){switch(${pc}){${r.code}}return o}`)
      const range = [
        ...(r.from > 0 ? [`${pc}>=${r.from}`] : []),
        ...(r.to < codes.length ? [`${pc}<${r.to}`] : []),
      ]
      const guard = range.length > 0 ? `if(${range.join('&&')})` : ''
      calls.push({ task, code: `${guard}o=${name}(o,c,${params});` })
    }
  })
  return { functions, calls }
}

interface Range {
  readonly from: number
  to: number
  code: string
}

function rangesOf(codes: readonly string[]): Range[] {
  const ranges: Range[] = []
  codes.forEach((code, node) => {
    const one = code === '' ? '' : `\ncase ${node}:${code}break;`
    const last = ranges.at(-1)
    if (!last || last.code.length + one.length > PART)
      ranges.push({ from: node, to: node + 1, code: one })
    else {
      last.to = node + 1
      last.code += one
    }
  })
  return ranges
}
