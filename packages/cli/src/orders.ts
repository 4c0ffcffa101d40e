/** `mmulab orders`: which orders of callbacks two mm operations allow, in the model and in a real kernel. */
import {
  asRecorded,
  OPERATIONS,
  type OrdersRow,
  ordersRow,
  pairsOf,
  parseRecord,
  RECORDED,
  type Recorded,
  recordedOrders,
} from '@mmulab/records'
import { ordersJson, ordersText } from '@mmulab/report'
import { EXIT } from './exit.ts'
import type { Io } from './io.ts'
import { readRecord } from './judge.ts'
import { labFor } from './lab.ts'
import { type Common, paintFor, widthFor, writeJson } from './output.ts'
import { progressLine } from './progress.ts'
import { usage } from './usage.ts'

export interface OrdersOptions extends Common {
  readonly policy?: readonly string[]
}

/** The kernel that was recorded. */
const POLICY = 'mainline@6.1'

export async function orders(files: readonly string[], o: OrdersOptions, io: Io): Promise<number> {
  const [name = POLICY, ...more] = o.policy ?? []
  if (more.length)
    throw usage(
      'OPTION_TWICE',
      `--policy is given ${more.length + 1} times; the table is about one kernel.`,
      'Run the command once for each.',
    )
  const policy = (await labFor(o, io)).policy(name)
  // What a file tells counts before what was recorded earlier.
  const recorded = [...files.map((file) => recordedIn(file, io)), ...RECORDED]
  const pairs = pairsOf(policy)
  const line = progressLine(io, !o.quiet)
  const rows: OrdersRow[] = []
  try {
    for (const [i, pair] of pairs.entries()) {
      line.show(i + 1, pairs.length, pair.map((x) => x.name).join(' and '))
      rows.push(ordersRow(policy, pair, recorded))
      await io.pause()
    }
  } finally {
    line.clear()
  }
  const table = { policy: policy.name, rows }
  if (o.json) writeJson(io, ordersJson(table))
  else io.out(ordersText(table, { paint: paintFor(io, o), width: widthFor(io) }))
  const differs = rows.some(
    (r) => r.kernel && r.kernel.missing.length + r.kernel.surplus.length > 0,
  )
  return differs ? EXIT.violated : EXIT.holds
}

function recordedIn(file: string, io: Io): Recorded {
  const found = recordedOrders(parseRecord(readRecord(file, io), file), file)
  if (!found)
    throw usage(
      'RECORD_WITHOUT_ORDERS',
      `${file} is not a record of forced schedules.`,
      'Their scenarios are called sched_munmap_munmap_disjoint, for example; mmulab judge takes the others.',
    )
  const names = OPERATIONS.map((x) => x.name)
  const unknown = [found.first, found.second].find((name) => !names.includes(name))
  if (unknown !== undefined)
    throw usage(
      'UNKNOWN_OPERATION',
      `${file} is about ${unknown}, which has no model here.`,
      'Leave the file out, or add the operation to @mmulab/records.',
      names,
    )
  return asRecorded(found)
}
