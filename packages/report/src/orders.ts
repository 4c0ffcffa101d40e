/** The orders of callbacks that two mm operations allow, model beside kernel, as text and as JSON. */
import type { OrdersRow } from '@mmulab/records'
import { MARKS } from './claims.ts'
import { SCHEMA } from './json.ts'
import { type Paint, PLAIN } from './paint.ts'
import { count, pad, wrap } from './text.ts'

export interface OrdersTable {
  readonly policy: string
  readonly rows: readonly OrdersRow[]
}

const isEqual = ({ kernel }: OrdersRow): boolean =>
  kernel !== undefined && kernel.missing.length + kernel.surplus.length === 0

/** More orders than this of a difference are counted, not shown. */
const SHOWN = 3

export function ordersText(
  { policy, rows }: OrdersTable,
  { paint = PLAIN, width = 100 }: { readonly paint?: Paint; readonly width?: number } = {},
): string {
  const operations = [...new Set(rows.flatMap((r) => [r.first, r.second]))]
  const recorded = rows.filter((r) => r.kernel)
  const lines = rows.map((row) => {
    const head = `  ${pad(row.first.name, 10)}${pad(row.second.name, 10)}`
    const model = `${String(row.model.length).padStart(4)} of ${String(row.all).padEnd(4)}`
    if (!row.kernel) return `${head}${model}`
    const kernel = `${String(row.kernel.allowed).padStart(4)} of ${String(row.kernel.asked).padEnd(4)}`
    const mark = isEqual(row)
      ? paint.good(`${MARKS.holds} the same`)
      : paint.bad(`${MARKS.violated} not the same`)
    return [
      `${head}${model}  ${kernel}  ${mark}, ${row.kernel.by}`,
      ...differences(row, width),
    ].join('\n')
  })
  return [
    paint.strong(`Orders of callbacks that are possible under ${policy}`),
    ...wrap(
      'Two operations in two tasks, over VMAs of their own, with notifiers A and B: in how many of all orders their starts and ends can come. Beside it what a real kernel allowed, where one was forced through all of them.',
      width - 2,
    ).map((l) => `  ${l}`),
    '',
    ...operations.flatMap((o) =>
      wrap(`${o.title}; ${o.locks}`, width - 12).map((l, i) => `  ${pad(i ? '' : o.name, 10)}${l}`),
    ),
    '',
    `  ${pad('task 1', 10)}${pad('task 2', 10)}   model        kernel`,
    ...lines,
    '',
    `${count(rows.length, 'pair')}, ${recorded.length} of them recorded, ${recorded.filter(isEqual).length} the same in model and kernel.`,
    '',
  ].join('\n')
}

function differences({ kernel }: OrdersRow, width: number): string[] {
  const some = (what: string, orders: readonly string[]): string[] =>
    orders.length === 0
      ? []
      : wrap(
          `${count(orders.length, 'order')} only in the ${what}: ${orders.slice(0, SHOWN).join('; ')}${orders.length > SHOWN ? '; …' : ''}`,
          width - 6,
          2,
        ).map((l) => `      ${l}`)
  return kernel ? [...some('kernel', kernel.missing), ...some('model', kernel.surplus)] : []
}

export interface OrdersJson {
  readonly schema: typeof SCHEMA
  readonly policy: string
  readonly pairs: readonly {
    readonly first: string
    readonly second: string
    readonly all: number
    readonly allowed: number
    /** Which; only where some are forbidden. */
    readonly orders: 'all' | readonly string[]
    readonly kernel: {
      readonly by: string
      readonly asked: number
      readonly allowed: number
      readonly same: boolean
      readonly missing: readonly string[]
      readonly surplus: readonly string[]
    } | null
  }[]
}

export const ordersJson = ({ policy, rows }: OrdersTable): OrdersJson => ({
  schema: SCHEMA,
  policy,
  pairs: rows.map((row) => ({
    first: row.first.name,
    second: row.second.name,
    all: row.all,
    allowed: row.model.length,
    orders: row.model.length === row.all ? 'all' : row.model,
    kernel: row.kernel ? { ...row.kernel, same: isEqual(row) } : null,
  })),
})
