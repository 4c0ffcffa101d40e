/**
 * Which orders of callbacks are possible at all. Two mm operations run in two tasks, over VMAs of their own, with two list
 * notifiers A and B that do nothing but be called; every interleaving is explored, and the words that can be written by the
 * callbacks are collected. What a kernel's locks forbid must be missing, what they allow must be there. Each VMA has an anon_vma, or
 * a file, of its own.
 */
import { type Linked, link } from '@mmulab/checker'
import {
  createMm,
  type DriverOps,
  type Kernel,
  type Mm,
  type NotifierProcedures,
  type Policy,
  type Range,
  type Subscription,
  type Vma,
} from '@mmulab/core'
import {
  type Body,
  callOut,
  choose,
  type Procedure,
  procedure,
  rwsem,
  srcu,
  task,
} from '@mmulab/model'
import { type Call, createWalk, longestCalls, type Order, possibleOrders } from './lattice.ts'
import { OPERATIONS, type Operation } from './operations.ts'

export interface Orders {
  /** How many interleavings of the two operations' own calls there are. */
  readonly all: number
  /** Which. */
  readonly every: readonly Order[]
  /** Those of them that are possible. */
  readonly allowed: readonly Order[]
}

/** @throws LabError when a policy's procedures cannot be recorded */
export function ordersUnder(policy: Policy, first: Operation, second: Operation): Orders {
  const machine = machineOf(policy)
  const a = machine.callsOf(first, 1)
  const b = machine.callsOf(second, 2)
  return {
    all: binomial(a.length + b.length, a.length),
    get every() {
      return interleavings(a, b)
    },
    allowed: machine.orders(first, second, a, b),
  }
}

/** In how many ways k things can be among n. */
const binomial = (n: number, k: number): number =>
  Array.from({ length: k }, (_, i) => i + 1).reduce((ways, i) => (ways * (n - k + i)) / i, 1)

/** All operations of a kernel, recorded once for all pairs: each of the two tasks begins with the choice of one, or of none. */
interface Machine {
  /** What an operation does as task 1 or 2 when nothing is in its way. */
  callsOf(operation: Operation, number: 1 | 2): readonly Call[]
  orders(first: Operation, second: Operation, a: readonly Call[], b: readonly Call[]): Order[]
}

const machines = new WeakMap<Policy, Machine>()

function machineOf(policy: Policy): Machine {
  const made = machines.get(policy) ?? createMachine(policy)
  machines.set(policy, made)
  return made
}

function createMachine(policy: Policy): Machine {
  const operations = OPERATIONS.filter((o) => o.exists?.(policy.facts) ?? true)
  const walk = createWalk(worldOf(policy, operations))
  const none = operations.length
  const indexOf = (operation: Operation): number => {
    const at = operations.indexOf(operation)
    if (at < 0) throw new Error(`${policy.name} does not have ${operation.name}`)
    return at
  }
  const known = new Map<string, readonly Call[]>()
  return {
    callsOf(operation, number) {
      const key = `${operation.name} ${number}`
      const at = indexOf(operation)
      const calls =
        known.get(key) ?? longestCalls(walk, walk.choosing(number === 1 ? [at, none] : [none, at]))
      known.set(key, calls)
      return calls
    },
    orders: (first, second, a, b) =>
      possibleOrders(walk, walk.choosing([indexOf(first), indexOf(second)]), a, b),
  }
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

/** Two tasks, each with a VMA of its own and one more that its pages can go to. */
function worldOf(policy: Policy, operations: readonly Operation[]): Linked {
  const made = createMm({
    vmas: 4,
    pagesPerVma: 1,
    sparePages: 2,
    holders: 0,
    openSections: 8,
    parts: policy.facts.vmaLocks ? ['swap-entries', 'vma-locks'] : ['swap-entries'],
  })
  const subscriptions = NOTIFIERS.map(
    (name): Subscription => ({ name, ops: opsOf(name), hashed: undefined }),
  )
  const listSrcu = srcu('srcu', 2)
  const kernelFor = (mm: Mm): Kernel => {
    const kernel: Kernel = {
      mm,
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
  const tasks = [0, 1].map((i) => {
    const vma = made.vmas[i] as Vma
    const spare = made.vmas[i + 2] as Vma
    const mm: Mm = {
      ...made,
      vmas: [vma],
      virtualPages: vma.pages,
      rmapLock: rwsem(`${vma.name}.rmap`),
    }
    const anonymous = kernelFor(mm)
    // What is mapped is what the page cache has.
    const ofFile = kernelFor({ ...mm, cache: mm.pte })
    const runs = operations.map((o) => o.run(o.ofFile ? ofFile : anonymous, vma, spare))
    const names = [...operations.map((o) => o.name), 'nothing']
    const main: Procedure<[], void> = procedure('an operation', 'user space', function* () {
      const run = runs[yield* choose('the operation', names)]
      if (run) yield* run()
    })
    return task(`${i + 1}`, main, [])
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
