import { expect, it } from 'vitest'
import type { LockEdge } from '../src/automaton.ts'
import { check } from '../src/check.ts'
import { automaton, end, linkedOf } from './build.ts'

const order = (held: string, taken: string, extra: Partial<LockEdge> = {}): LockEdge => ({
  held: { name: held, cls: held, sleeps: true },
  taken: { name: taken, cls: taken, sleeps: true },
  task: 'oom_reaper',
  stack: ['outer', 'inner'],
  callback: false,
  ...extra,
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

it('a class under itself is recursive, unless both are readers', () => {
  const result = verdict([order('mmap_lock', 'mmap_lock')])
  expect(result.message).toBe('possible recursive locking: mmap_lock -> mmap_lock')
  expect(result.cycle).toContain('May be due to missing lock nesting notation')
  const readers = { heldMode: 'read', takenMode: 'read' } as const
  expect(verdict([order('mmap_lock', 'mmap_lock', readers)]).verdict).toBe('holds')
  expect(verdict([order('m', 'm', { heldMode: 'read', takenMode: 'write' })]).verdict).toBe(
    'violated',
  )
})

it('readers of two classes in both orders are a ring', () => {
  const readers = { heldMode: 'read', takenMode: 'read' } as const
  expect(verdict([order('a', 'b', readers), order('b', 'a', readers)]).verdict).toBe('violated')
})
