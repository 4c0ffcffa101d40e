/**
 * All cases of all nodes as rows of one block of memory, which code that is the same for every world walks along. A row is named by its
 * offset in the block; one that is told of, or compiled, by its negative. 0 is none.
 */
import type { Automaton, Linked } from '../automaton.ts'
import { type Case, casesFor, type Successor, type Test } from '../cases.ts'
import type { Layout } from '../layout.ts'
import { at } from '../layout.ts'
import { nodeAt } from '../node-plan.ts'
import { REPORT } from './node.ts'

/** Offsets in a row: of those that have one word for each of a state, the first. */
export interface RowMap {
  readonly bytes: number
  /** The state is compared with these words, where the mask has ones. */
  readonly mask: number
  readonly value: number
  /** The successor is `(old & keep) + add`, two words at a time; the word after the last one is the number of its edge. */
  readonly keep: number
  readonly add: number
  /** 1 where the row is for states that differ. */
  readonly negated: number
  /** Bytes of the successor; 0 where there is none. */
  readonly growth: number
  /** Which of the bytes that tell what was reached says so of this row. */
  readonly hit: number
  /** Where to go on for other states, and, in the word after it, for those that the row is for. */
  readonly next: number
}

export function rowMap(words: number): RowMap {
  const wide = words * 4
  const [mask, value, keep, add] = [0, wide, 2 * wide, 3 * wide]
  const rest = 4 * wide + 4
  const [negated, growth, hit, next] = [0, 4, 8, 12].map((n) => rest + n) as Four
  return { bytes: rest + 20, mask, value, keep, add, negated, growth, hit, next }
}

type Four = [number, number, number, number]

/** Of a row that is told of: its kind in the words of `REPORT`, or that it is compiled. */
export const TOLD = {
  kind: 0,
  what: 4,
  assignment: 8,
  value: 12,
  hit: 16,
  next: 20,
  bytes: 32,
} as const
export const COMPILED = -1

/** Of a task: where its program counter is, and the row of its first node. The others come after it, in order. */
export const OF_TASK = { word: 0, shift: 4, mask: 8, rows: 12, bytes: 16 } as const

export interface Rows {
  readonly words: Int32Array
  /** Where the tasks are. */
  readonly tasks: number
  /** Per task: the row of its first node; the others come after it. */
  readonly first: readonly number[]
  /** Per task: which of its nodes are compiled. */
  readonly compiled: readonly ReadonlySet<number>[]
}

const NO_TEST = { tests: [], negated: false, successor: undefined, yes: undefined, no: undefined }

/** `sites`: how many edges there are; the byte after theirs is always 1. */
export function rowsOf({ automata }: Linked, layout: Layout, sites: number): Rows {
  const { words } = layout
  const map = rowMap(words)
  let block = new Int32Array(1 << 12)
  let end = 0
  const take = (bytes: number): number => {
    const begin = end
    end += bytes
    if (end > block.length * 4) {
      const larger = new Int32Array(Math.max(2 * block.length, end / 4))
      larger.set(block)
      block = larger
    }
    return begin
  }
  const put = (row: number, offset: number, value: number): void => {
    block[(row + offset) / 4] = value
  }
  const tasks = take(automata.length * OF_TASK.bytes)
  const compiled = automata.map(() => new Set<number>())
  const firsts: number[] = []

  /** The node whose rows are made; a world may have no task at all. */
  let here = { automaton: automata[0] as Automaton, task: 0, node: 0, site: 0 }
  const casesOf = casesFor(layout)

  const nameOf = (c: Case): number => {
    if (!c) return 0
    if (c.kind !== 'test')
      return -told(REPORT[c.kind], here.site + c.edge, nameOf(c.next), c.assignment, c.value)
    const row = take(map.bytes)
    fill(row, c)
    return row
  }
  const fill = (row: number, { tests, negated, successor, yes, no }: Omit<Test, 'kind'>): void => {
    for (const t of tests) {
      put(row, map.mask + t.word * 4, t.mask)
      put(row, map.value + t.word * 4, t.value)
    }
    if (negated) put(row, map.negated, 1)
    put(row, map.hit, sites)
    if (no) put(row, map.next, nameOf(no))
    const next = nameOf(yes)
    put(row, map.next + 4, successor ? arrived(row, successor, next) : next)
  }
  /** The successor is made in the row, unless somebody is told before or instead; what comes after the row's test. */
  const arrived = (row: number, successor: Successor, next: number): number => {
    const { to, flags } = at(nodeAt(here.automaton, here.node).edges, successor.edge)
    const site = here.site + successor.edge
    if (to >= 0 && flags.length === 0) {
      make(row, successor, to)
      return next
    }
    const own = to < 0 ? -told(REPORT.halt, site, next) : take(map.bytes)
    if (to >= 0) {
      make(own, successor, to)
      put(own, map.next + 4, next)
    }
    return flags.length > 0 ? -told(REPORT.flag, site, own) : own
  }
  const make = (row: number, { keep, add, edge }: Successor, to: number): void => {
    const { word, shift } = at(layout.pcs, here.task)
    let carried = 0
    const [sums, kept] = [(row + map.add) / 4, (row + map.keep) / 4]
    for (let i = 0; i <= words; i++) {
      // Two words are added to at once: what is taken from the lower one carries into the upper one, which in the end is the site.
      if (i % 2 === 0) carried = 0
      const more = i < words ? (add[i] as number) : here.site + edge
      const sum = i === word ? more + (to - here.node) * 2 ** shift : more
      block[sums + i] = sum - carried
      if (i < words) block[kept + i] = keep[i] as number
      carried = sum < 0 ? 1 : 0
    }
    put(row, map.growth, (words + 1) * 4)
    put(row, map.hit, here.site)
  }
  const told = (kind: number, what: number, next: number, assignment = 0, value = 0): number => {
    const row = take(TOLD.bytes)
    put(row, TOLD.kind, kind)
    put(row, TOLD.what, what)
    put(row, TOLD.assignment, assignment)
    put(row, TOLD.value, value)
    put(row, TOLD.hit, here.site)
    put(row, TOLD.next, next)
    return row
  }

  let site = 0
  automata.forEach((automaton, task) => {
    const rows = take(automaton.nodes.length * map.bytes)
    firsts.push(rows)
    const own = tasks + task * OF_TASK.bytes
    const { word, shift, bits } = at(layout.pcs, task)
    put(own, OF_TASK.word, word * 4)
    put(own, OF_TASK.shift, shift)
    put(own, OF_TASK.mask, 2 ** bits - 1)
    put(own, OF_TASK.rows, rows)
    automaton.nodes.forEach((n, node) => {
      here = { automaton, task, node, site }
      site += Math.max(1, n.edges.length)
      const row = rows + node * map.bytes
      const found = casesOf(n)
      if (found === 'many') {
        at(compiled, task).add(node)
        fill(row, NO_TEST)
        put(row, map.next + 4, -told(COMPILED, task, 0))
      } else fill(row, found?.kind === 'test' ? found : { ...NO_TEST, yes: found })
    })
  })
  return { words: block.subarray(0, end / 4), tasks, first: firsts, compiled }
}
