import { replay } from '@mmulab/checker'
import {
  add,
  and,
  atomically,
  type Body,
  choose,
  compareExchange,
  eq,
  load,
  ne,
  or,
  procedure,
  read,
  store,
  task,
  variable,
  waitUntil,
} from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import { errno, stepWords, wrap } from '../src/index.ts'

const x = variable('x', { max: 5, init: 2 })
const state = variable('page1.state', { max: 1, words: ['allocated', 'freed'] })

/** The words of one op. */
function say(op: () => Body<unknown>): string {
  const body = procedure('test', '', function* () {
    yield* op()
  })
  const world = replay({
    name: 'one op',
    tasks: [task('t', body, [])],
    invariants: [],
    sometimes: [],
    measures: [],
    notClaimed: {},
  })
  const before = { read: (v: typeof x) => v.init, holders: () => [] }
  const event = world.step(0).find((e) => e.kind === 'step')
  if (event?.kind !== 'step') throw new Error('no step')
  return stepWords(event.op, event.answer, event.changes, { task: 0, tasks: ['t'], ...before })
}

describe('one step in words', () => {
  it.each([
    ['a load', () => load(x), 'x is 2'],
    ['a store', () => store(x, 4), 'x 2 -> 4'],
    ['a store of the same', () => store(x, 2), 'x = 2'],
    ['an addition', () => add(x, 2), 'x 2 -> 4'],
    ['a value with a word', () => store(state, 1), 'page1.state allocated -> freed'],
    ['a cmpxchg that succeeds', () => compareExchange(x, 2, 3), 'cmpxchg(x, 2, 3) = 1: x 2 -> 3'],
    ['a cmpxchg that fails', () => compareExchange(x, 1, 3), 'cmpxchg(x, 1, 3) = 0'],
    ['a choice', () => choose('batch', ['full', 'not full']), 'batch: full'],
    ['a wait', () => waitUntil(eq(x, 2), 'x'), 'waited for x'],
    [
      'a test, with the part that decides it',
      () => read(or(eq(state, 1), ne(x, 0)), 'retry()'),
      'retry() = 1 (x is 2)',
    ],
    [
      'a test that fails, with the part that fails',
      () => read(and(eq(x, 2), eq(state, 1)), 'gone()'),
      'gone() = 0 (page1.state is allocated)',
    ],
    ['a question', () => read(ne(x, 0), 'is it short?'), 'is it short? yes (x is 2)'],
    [
      'a change of what the label names',
      () => atomically({ assign: [[state, 1]], label: 'free(page1)' }),
      'free(page1): state allocated -> freed',
    ],
  ])('%s', (_, op, words) => {
    expect(say(op)).toBe(words)
  })

  it('calls errors by their names', () => {
    expect([-11, -16, -1000, 3].map(errno)).toEqual(['-EAGAIN', '-EBUSY', '-1000', '3'])
  })
})

describe('wrapping', () => {
  it('keeps a change in one piece and indents what follows', () => {
    expect(wrap('kvm.count is wrong: kvm.count 1 -> 2', 24, 2)).toEqual([
      'kvm.count is wrong:',
      '  kvm.count 1 -> 2',
    ])
  })

  it('never makes a line wider than asked', () => {
    const text = 'mmu_notifier_invalidate_range_start_nonblock() of something_without_end_in_sight'
    for (let width = 12; width < 60; width++)
      for (const line of wrap(text, width, 2)) expect([...line].length).toBeLessThanOrEqual(width)
  })

  it('loses nothing', () => {
    const text = 'a_long_name(with, arguments) -> and more'
    expect(wrap(text, 9, 2).join('').replace(/ /g, '')).toBe(text.replace(/ /g, ''))
  })
})
