/** Every pair of operations: the orders that a policy allows, beside those that a kernel did. */
import type { Policy } from '@mmulab/core'
import type { Order } from './lattice.ts'
import { OPERATIONS, type Operation } from './operations.ts'
import { ordersUnder } from './orders.ts'
import type { RecordedOrders } from './orders-record.ts'

/** What kernels allowed where we have recorded it: all orders, or how many and which. */
export interface Recorded {
  readonly first: string
  readonly second: string
  /** Where it was recorded. */
  readonly by: string
  readonly asked: number
  readonly allowed: 'all' | readonly Order[]
}

const ONE_AFTER_THE_OTHER: readonly Order[] = [
  'A+1 B+1 A-1 B-1 A+2 B+2 A-2 B-2',
  'A+2 B+2 A-2 B-2 A+1 B+1 A-1 B-1',
]

/** Linux 6.1.192, one CPU in virtual time; every order forced in turn. */
export const RECORDED: readonly Recorded[] = (
  [
    ['munmap', 'munmap', ONE_AFTER_THE_OTHER],
    ['mprotect', 'dontneed', ONE_AFTER_THE_OTHER],
    ['dontneed', 'dontneed', 'all'],
    ['cow', 'cow', 'all'],
  ] as const
).map(([first, second, allowed]) => ({ first, second, by: 'Linux 6.1.192', asked: 70, allowed }))

/** What a file tells, in the same words. */
export const asRecorded = (r: RecordedOrders): Recorded => ({
  first: r.first,
  second: r.second,
  by: r.kernel,
  asked: r.asked.length,
  allowed: r.allowed.length === r.asked.length ? 'all' : r.allowed,
})

export interface OrdersRow {
  readonly first: Operation
  readonly second: Operation
  /** How many there are. */
  readonly all: number
  /** Those that the policy allows. */
  readonly model: readonly Order[]
  /** Where a kernel was asked. */
  readonly kernel?: {
    readonly by: string
    readonly asked: number
    readonly allowed: number
    /** The kernel allowed them, the model forbids them. */
    readonly missing: readonly Order[]
    /** The model allows them, the kernel forbade them. */
    readonly surplus: readonly Order[]
  }
}

/** All pairs of what the policy's kernel has, in the order of `OPERATIONS`. */
export function pairsOf(policy: Policy): (readonly [Operation, Operation])[] {
  const list = OPERATIONS.filter((o) => o.exists?.(policy.facts) ?? true)
  return list.flatMap((first, i) => list.slice(i).map((second) => [first, second] as const))
}

/** @throws LabError when a policy's procedures cannot be recorded */
export function ordersRow(
  policy: Policy,
  [first, second]: readonly [Operation, Operation],
  recorded: readonly Recorded[] = RECORDED,
): OrdersRow {
  const found = recorded.find(
    (r) =>
      (r.first === first.name && r.second === second.name) ||
      (r.first === second.name && r.second === first.name),
  )
  // In the order in which it was recorded, so that the tasks have the same numbers.
  const turned = found !== undefined && found.first !== first.name
  const [a, b] = turned ? [second, first] : [first, second]
  const orders = ordersUnder(policy, a, b)
  const model = orders.allowed
  const row = { first: a, second: b, all: orders.all, model }
  if (!found) return row
  const kernel = new Set(found.allowed === 'all' ? orders.every : found.allowed)
  const possible = new Set(model)
  return {
    ...row,
    kernel: {
      by: found.by,
      asked: found.asked,
      allowed: kernel.size,
      missing: [...kernel].filter((o) => !possible.has(o)),
      surplus: model.filter((o) => !kernel.has(o)),
    },
  }
}
