/** Neither more nor less than the kernel: the orders of callbacks that its locks allow are those that the model allows. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Policy } from '@mmulab/core'
import { mainline } from '@mmulab/policy-mainline'
import { describe, expect, it } from 'vitest'
import {
  asRecorded,
  interleavings,
  ordersRow,
  ordersUnder,
  pairsOf,
  parseRecord,
  RECORDED,
  recordedOrders,
} from '../src/index.ts'
import { OPERATIONS } from '../src/operations.ts'
import { fixture } from './support.ts'

const NOW = mainline.at('6.1')
const operation = (name: string) => {
  const found = OPERATIONS.find((o) => o.name === name)
  if (!found) throw new Error(name)
  return found
}
const policies = new Map<string, Policy>([['6.1', NOW]])
const allowed = (version: string, a: string, b: string): number => {
  const policy = policies.get(version) ?? mainline.at(version)
  policies.set(version, policy)
  return ordersUnder(policy, operation(a), operation(b)).allowed.length
}

const beside = fileURLToPath(new URL('../../../../shared/kernel-records', import.meta.url))
const folder = process.env.MMULAB_RECORDS ?? beside
const atHand = existsSync(folder) ? readdirSync(folder).filter((f) => /sched_.*\.txt$/.test(f)) : []
const texts: (readonly [string, () => string])[] = [
  ...['munmap_munmap', 'cow_cow'].map((pair) => {
    const name = `uml-6.1.192-stock.sched_${pair}_disjoint`
    return [`the shipped part of ${name}`, () => fixture(name)] as const
  }),
  ...atHand.map((file) => [file, () => readFileSync(`${folder}/${file}`, 'utf8')] as const),
]

describe('the orders that a kernel allowed', () => {
  it.each(texts)('are those of the model: %s', (_, text) => {
    const orders = recordedOrders(parseRecord(text()))
    if (!orders) throw new Error('no orders')
    const { first, second } = orders
    const model = ordersUnder(NOW, operation(first), operation(second))
    expect([...orders.asked].sort()).toEqual([...model.every].sort())
    expect(model.all).toBe(model.every.length)
    expect([...orders.allowed].sort()).toEqual([...model.allowed].sort())
    const known = RECORDED.find((r) => r.first === first && r.second === second)
    expect({ ...asRecorded(orders), by: known?.by }).toEqual(known)
  })

  it('are told apart from those that are not', () => {
    const row = ordersRow(
      NOW,
      [operation('dontneed'), operation('dontneed')],
      [{ ...RECORDED[0], first: 'dontneed', second: 'dontneed' } as (typeof RECORDED)[number]],
    )
    expect(row.kernel).toMatchObject({ allowed: 2, missing: [] })
    expect(row.kernel?.surplus).toHaveLength(68)
  })

  it('come in the order of the record, whichever operation is named first', () => {
    const row = ordersRow(NOW, [operation('dontneed'), operation('mprotect')])
    expect([row.first.name, row.second.name]).toEqual(['mprotect', 'dontneed'])
    expect(row.kernel).toMatchObject({ allowed: 2, missing: [], surplus: [] })
  })
})

describe('the orders that the model allows', () => {
  it('are among all interleavings', () => {
    expect(interleavings(['a', 'b'], ['c'])).toEqual(['a b c', 'a c b', 'c a b'])
    expect(interleavings([...'abcd'], [...'efgh'])).toHaveLength(70)
  })

  it('follow the locks', () => {
    // Since 4.20 the unmapping runs under the lock for read.
    expect(allowed('4.19', 'munmap', 'dontneed')).toBe(2)
    expect(allowed('4.20', 'munmap', 'dontneed')).toBe(70)
    expect(allowed('4.20', 'munmap', 'munmap')).toBe(2)
    // Without mmap_lock nothing keeps them apart.
    expect(allowed('6.1', 'mprotect', 'reclaim')).toBe(70)
    expect(allowed('6.1', 'mprotect', 'truncate')).toBe(70)
    expect(allowed('6.1', 'mprotect', 'reaper')).toBe(2)
  })

  it('follow the locks of single VMAs from 6.4 on: a copy on write needs no mmap_lock', () => {
    for (const [version, orders] of [
      ['6.1', 2],
      ['6.4', 70],
    ] as const)
      for (const writer of ['mprotect', 'fork', 'mremap', 'collapse', 'retract'])
        expect([version, writer, allowed(version, writer, 'cow')]).toEqual([
          version,
          writer,
          orders,
        ])
    // What takes it for read still waits.
    expect(allowed('6.4', 'mprotect', 'dontneed')).toBe(2)
  })

  it('tell who takes which lock', () => {
    const writers = ['mprotect', 'fork', 'mremap', 'collapse', 'retract']
    const readers = ['dontneed', 'free', 'ksm', 'merge', 'mrelease']
    const rmap = ['truncate', 'reclaim', 'migrate', 'hwpoison']
    for (const writer of writers) {
      for (const other of [...writers, ...readers])
        expect([writer, other, allowed('6.1', writer, other)]).toEqual([writer, other, 2])
      // In another file, or under another anon_vma.
      for (const other of rmap)
        expect([writer, other, allowed('6.1', writer, other)]).toEqual([writer, other, 70])
    }
    for (const reader of readers)
      for (const other of [...readers, ...rmap, 'cow', 'munmap'])
        expect([reader, other, allowed('6.1', reader, other)]).toEqual([reader, other, 70])
  })

  it('are counted where there are many', () => {
    const split = operation('split')
    const orders = ordersUnder(NOW, split, split)
    expect([orders.all, orders.allowed.length]).toEqual([12_870, 12_870])
    expect(allowed('6.1', 'split', 'mprotect')).toBe(2)
  })

  it('equal those of the kernel in every pair that was recorded', () => {
    const rows = pairsOf(NOW).map((pair) => ordersRow(NOW, pair))
    expect(rows).toHaveLength(171)
    const recorded = rows.flatMap((r) => r.kernel ?? [])
    expect(recorded).toHaveLength(4)
    for (const { missing, surplus } of recorded) expect([missing, surplus]).toEqual([[], []])
  })

  it('are asked of every pair that a kernel has', () => {
    const names = (version: string): string[] => [
      ...new Set(
        pairsOf(mainline.at(version))
          .flat()
          .map((o) => o.name),
      ),
    ]
    expect(names('6.1')).toEqual(OPERATIONS.map((o) => o.name))
    expect(names('5.4')).not.toContain('mrelease')
    expect(names('4.14')).not.toContain('reaper')
  })
})

describe('a record of forced schedules', () => {
  const text = fixture('uml-6.1.192-stock.sched_munmap_munmap_disjoint')
  const damaged = (edit: (t: string) => string) => () => recordedOrders(parseRecord(edit(text)))

  it('must keep what it says', () => {
    expect(damaged((t) => t.replace('ret=-35', 'ret=0'))).toThrow(/ends with 0, but the calls came/)
    expect(damaged((t) => t.replace('ret=-35', 'ret=-1'))).toThrow(/ends with -1/)
    expect(damaged((t) => t.replace(/^.*endscript.*\n/m, ''))).toThrow(/begins before/)
    expect(damaged((t) => t.replace(/^.*text=script.*\n/m, ''))).toThrow(/has not begun/)
  })

  it('is told by its scenario', () => {
    expect(damaged((t) => t.replace('sched_munmap', 'run_munmap'))()).toBeUndefined()
  })
})
