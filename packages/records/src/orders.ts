/**
 * Which orders of callbacks are possible at all. Two mm operations run in two tasks, over VMAs of their own, with two list
 * notifiers A and B that do nothing but be called; every interleaving is explored, and the words that can be written by the
 * callbacks are collected. What a kernel's locks forbid must be missing, what they allow must be there.
 */
import { initialState, type Linked, link, plainStep, type Unpacked } from '@mmulab/checker'
import {
  createMm,
  type DriverOps,
  type Kernel,
  type NotifierProcedures,
  type Policy,
  type Range,
  type Subscription,
  type Vma,
} from '@mmulab/core'
import { type Body, callOut, type Procedure, procedure, srcu, task } from '@mmulab/model'
import type { Operation } from './operations.ts'

/** One callback of a task: `A+1` is A's start for task 1, `B-2` is B's end for task 2. */
export type Call = string
/** Calls in their order, with blanks between: `A+1 B+1 A-1 B-1 A+2 B+2 A-2 B-2`. */
export type Order = string

export interface Orders {
  /** All interleavings of the two operations' own calls. */
  readonly all: readonly Order[]
  /** Those of them that are possible. */
  readonly allowed: readonly Order[]
}

/** @throws LabError when a policy's procedures cannot be recorded */
export function ordersUnder(policy: Policy, first: Operation, second: Operation): Orders {
  const own = [first, second].map((operation, i) =>
    longest(wordsOf(worldOf(policy, [operation], i + 1))),
  )
  const all = interleavings(callsOf(own[0] ?? ''), callsOf(own[1] ?? ''))
  const possible = wordsOf(worldOf(policy, [first, second], 1))
  return { all, allowed: all.filter((order) => possible.has(order)) }
}

const callsOf = (order: Order): Call[] => order.split(' ').filter((call) => call !== '')

/** What an operation does when nothing is in its way. */
function longest(words: ReadonlySet<Order>): Order {
  const [word = ''] = [...words].sort((a, b) => b.length - a.length)
  return word
}

/** Every way to put two sequences into one, the first one's calls first. */
export function interleavings(a: readonly Call[], b: readonly Call[]): Order[] {
  const [x, ...restOfA] = a
  const [y, ...restOfB] = b
  if (x === undefined || y === undefined) return [[...a, ...b].join(' ')]
  return [
    ...interleavings(restOfA, b).map((order) => `${x} ${order}`),
    ...interleavings(a, restOfB).map((order) => `${y} ${order}`),
  ]
}

const NOTIFIERS = ['A', 'B'] as const

/** The operations in tasks of their own; they are numbered from `number` on. */
function worldOf(policy: Policy, operations: readonly Operation[], number: number): Linked {
  const mm = createMm({ vmas: 2, pagesPerVma: 1, sparePages: 2, holders: 0, openSections: 8 })
  const subscriptions = NOTIFIERS.map(
    (name): Subscription => ({ name, ops: opsOf(name), hashed: undefined }),
  )
  const listSrcu = srcu('srcu', 2)
  const kernelFor = (vma: Vma): Kernel => {
    const kernel: Kernel = {
      mm: { ...mm, vmas: [vma], virtualPages: vma.pages },
      subscriptions,
      srcu: listSrcu,
      allocator: {
        shortages: undefined,
        directReclaim: procedure(
          'try_to_free_pages',
          'mm/vmscan.c:try_to_free_pages',
          function* () {},
        ),
      },
      facts: policy.facts,
      reapAttempts: 1,
      get procs(): NotifierProcedures {
        return procs
      },
    }
    const procs = policy.procedures(kernel)
    return kernel
  }
  const tasks = operations.map((operation, i) => {
    const vma = mm.vmas[i + number - 1] as Vma
    const kernel = kernelFor(vma)
    const run = operation.run(kernel, vma)
    const main: Procedure<[], void> = procedure(operation.name, operation.title, function* () {
      yield* run()
    })
    return task(`${i + number}`, main, [])
  })
  return link({
    name: `orders under ${policy.name}`,
    tasks,
    invariants: [],
    sometimes: [],
    measures: [],
    notClaimed: {},
  })
}

function opsOf(name: string): DriverOps {
  const say = (callback: string, { pages }: Range): Body<number> =>
    callOut({ subject: name, callback, detail: { pages: pages.join() }, answers: [0] })
  return {
    invalidateRangeStart: procedure(`${name}.start`, 'the orders', (r: Range) => say('+', r)),
    invalidateRangeEnd: procedure(`${name}.end`, 'the orders', function* (r: Range) {
      yield* say('-', r)
    }),
  }
}

/** The words of all runs in which every task finishes: a breadth-first search over states and the calls that led to them. */
function wordsOf(linked: Linked): Set<Order> {
  const known = new Map<string, readonly Move[]>()
  const words = new Set<Order>()
  const start = { state: initialState(linked), word: '' }
  const seen = new Set<string>([keyOf(start.state)])
  const queue = [start]
  for (let i = 0; i < queue.length; i++) {
    const { state, word } = queue[i] as (typeof queue)[number]
    const key = keyOf(state)
    const moves = known.get(key) ?? movesFrom(linked, state)
    known.set(key, moves)
    if (moves.length === 0 && isOver(linked, state)) words.add(word)
    for (const { to, call } of moves) {
      const next = { state: to, word: call && word ? `${word} ${call}` : call || word }
      const mark = `${keyOf(to)}|${next.word}`
      if (seen.has(mark)) continue
      seen.add(mark)
      queue.push(next)
    }
  }
  return words
}

interface Move {
  readonly to: Unpacked
  /** Empty for a step that nobody sees. */
  readonly call: Call
}

function movesFrom(linked: Linked, state: Unpacked): Move[] {
  return plainStep(linked, state).moves.flatMap(({ task: number, to }) => {
    const automaton = linked.automata[number]
    const out = automaton?.nodes[state.pcs[number] ?? -1]?.out
    return to ? [{ to, call: out ? `${out.subject}${out.callback}${automaton?.name}` : '' }] : []
  })
}

const keyOf = ({ pcs, values }: Unpacked): string => `${pcs.join()}|${values.join()}`

const isOver = (linked: Linked, { pcs }: Unpacked): boolean =>
  linked.automata.every((a, i) => a.nodes[pcs[i] ?? -1]?.kind === 'end')
