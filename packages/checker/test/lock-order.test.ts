import { expect, it } from 'vitest'
import type { LockEdge } from '../src/automaton.ts'
import { check } from '../src/check.ts'
import { lockGraph } from '../src/lock-order.ts'
import { automaton, end, linkedOf } from './build.ts'

const order = (held: string, taken: string, extra: Partial<LockEdge> = {}): LockEdge => ({
  held: { name: held, cls: held, sleeps: true },
  taken: { name: taken, cls: taken, sleeps: true },
  task: 'oom_reaper',
  stack: ['outer', 'inner'],
  heldMode: 'exclusive',
  takenMode: 'exclusive',
  callback: false,
  source: 'mm/oom_kill.c:inner',
  ...extra,
})

const READERS = { heldMode: 'read', takenMode: 'read' } as const
const rwlocks = (held: string, taken: string): Pick<LockEdge, 'held' | 'taken'> => ({
  held: { name: held, cls: held, sleeps: false },
  taken: { name: taken, cls: taken, sleeps: false },
})

const verdict = (lockOrder: LockEdge[]) =>
  check(linkedOf([automaton('t', [end])], [], { lockOrder })).claims['lock-order']

it('an order is no ring', () => {
  expect(verdict([order('a', 'b'), order('b', 'c'), order('a', 'c')])).toEqual({ verdict: 'holds' })
})

it('two classes in both orders, the way lockdep draws it', () => {
  const result = verdict([
    order('mmap_lock', 'mmu_lock'),
    order('mmu_lock', 'mmap_lock', { task: 'vcpu0' }),
  ])
  expect(result.message).toBe(
    'possible circular locking dependency: mmap_lock -> mmu_lock -> mmap_lock',
  )
  expect(result.cycle).toEqual([
    'possible circular locking dependency',
    '',
    'mmap_lock -> mmu_lock: oom_reaper takes mmu_lock while it holds mmap_lock',
    '    inner',
    '    outer',
    '',
    'mmu_lock -> mmap_lock: vcpu0 takes mmap_lock while it holds mmu_lock',
    '    inner',
    '    outer',
    '',
    'Possible unsafe locking scenario:',
    '',
    '  CPU0                          CPU1',
    '  ----                          ----',
    '  lock(mmu_lock);',
    '                                lock(mmap_lock);',
    '                                lock(mmu_lock);',
    '  lock(mmap_lock);',
    '',
    '*** DEADLOCK ***',
  ])
})

it('the shortest of several rings, through more than two classes', () => {
  const edges = [
    order('a', 'b'),
    order('b', 'c'),
    order('c', 'd'),
    order('d', 'a'),
    order('d', 'b'),
  ]
  const result = verdict(edges)
  expect(result.message).toContain('b -> c -> d -> b')
  expect(result.cycle).toContain('Chain exists of: b --> c --> d --> b')
})

it('a class under itself is recursive, for readers of an rwsem too, but not for those of an rwlock', () => {
  const result = verdict([order('mmap_lock', 'mmap_lock')])
  expect(result.message).toBe('possible recursive locking: mmap_lock -> mmap_lock')
  expect(result.cycle).toContain('May be due to missing lock nesting notation')
  // lockdep.c:check_deadlock lets read_lock() under read_lock() pass, and nothing else.
  expect(verdict([order('m', 'm', READERS)]).verdict).toBe('violated')
  expect(verdict([order('m', 'm', { ...READERS, ...rwlocks('m', 'm') })]).verdict).toBe('holds')
  expect(
    verdict([order('m', 'm', { ...rwlocks('m', 'm'), heldMode: 'read', takenMode: 'write' })])
      .verdict,
  ).toBe('violated')
})

it('readers of two rwsems in both orders are a ring, and drawn as readers', () => {
  const result = verdict([order('a', 'b', READERS), order('b', 'a', READERS)])
  expect(result.verdict).toBe('violated')
  expect(result.cycle).toContain('  rlock(b);')
  expect(result.cycle).toContain(
    'a -> b: oom_reaper takes b for reading while it holds a for reading',
  )
})

it('a ring closes only where somebody would wait: strong dependency paths', () => {
  const read = (held: string, taken: string) =>
    order(held, taken, { ...READERS, ...rwlocks(held, taken) })
  // Everybody only reads: nobody waits for anybody.
  expect(verdict([read('a', 'b'), read('b', 'a')]).verdict).toBe('holds')
  // One of them writes b while it holds a: who reads a while holding b cannot be stopped by a reader of a.
  const write = { ...rwlocks('a', 'b'), heldMode: 'read', takenMode: 'write' } as const
  expect(verdict([order('a', 'b', write), read('b', 'a')]).verdict).toBe('holds')
  const both = { ...rwlocks('b', 'a'), heldMode: 'read', takenMode: 'write' } as const
  expect(verdict([order('a', 'b', write), order('b', 'a', both)]).verdict).toBe('violated')
  // The same classes taken in another way as well: the ring goes that way.
  expect(
    verdict([order('a', 'b', write), read('b', 'a'), order('b', 'a', rwlocks('b', 'a'))]).verdict,
  ).toBe('violated')
})

it('the graph has every way in which a dependency was seen', () => {
  const edges = [
    order('a', 'b'),
    order('a', 'b', { task: 'vcpu0', callback: true }),
    order('map:fs_reclaim', 'a'),
  ]
  expect(lockGraph(edges).map((d) => [d.held, d.taken, d.seen.length])).toEqual([
    ['a', 'b', 2],
    ['fs_reclaim', 'a', 1],
  ])
})
