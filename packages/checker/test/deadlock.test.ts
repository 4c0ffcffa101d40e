import { eq, ne, variable } from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import { check } from '../src/check.ts'
import { automaton, linkedOf, lock, node, sequence, unlock } from './build.ts'

const locks = (n: number, tasks: number) =>
  Array.from({ length: n }, (_, i) => variable(`lock${i}`, { max: tasks }))

describe('deadlock', () => {
  it('three philosophers', () => {
    const forks = locks(3, 3)
    const dine = (i: number) => {
      const [left, right] = [forks[i], forks[(i + 1) % 3]]
      if (!left || !right) throw new Error('no fork')
      return sequence(`phil${i}`, [lock(left, i), lock(right, i), unlock(right), unlock(left)])
    }
    const result = check(linkedOf([dine(0), dine(1), dine(2)], forks))
    const { deadlock } = result.claims
    expect(result.states).toBe(87)
    expect(deadlock).toMatchObject({
      verdict: 'violated',
      steps: 3,
      switches: 2,
      message:
        'phil0 waits for lock1, held by phil1, which waits for lock2, held by phil2, which waits for lock0, held by phil0',
    })
    expect(deadlock.waitFor?.map((w) => [w.task, w.waitsFor])).toEqual([
      ['phil0', ['phil1']],
      ['phil1', ['phil2']],
      ['phil2', ['phil0']],
    ])
    expect(deadlock.schedule).toMatchObject({ prefix: 3, pointOfNoReturn: 2, stuck: 0 })
    // The same state is the first without progress.
    expect(result.claims.progress).toMatchObject({ verdict: 'violated', steps: 3 })
  })

  it('the same order for everybody has none', () => {
    const [a, b] = locks(2, 2)
    if (!a || !b) throw new Error('no lock')
    const t = (i: number) => sequence(`t${i}`, [lock(a, i), lock(b, i), unlock(b), unlock(a)])
    const result = check(linkedOf([t(0), t(1)], [a, b]))
    expect(result.claims.deadlock.verdict).toBe('holds')
    expect(result.claims.progress.verdict).toBe('holds')
  })

  it('a task that takes a lock twice', () => {
    const [a] = locks(1, 1)
    if (!a) throw new Error('no lock')
    const { deadlock, progress } = check(
      linkedOf([sequence('get_pages', [lock(a, 0), lock(a, 0)])], [a]),
    ).claims
    expect(deadlock).toMatchObject({
      steps: 1,
      message: 'get_pages waits for lock0, which it holds itself',
    })
    // It was lost before it began.
    expect(deadlock.schedule?.pointOfNoReturn).toBeUndefined()
    expect(progress.message).toBe(
      'get_pages can never finish: it waits for lock0, which it holds itself',
    )
  })

  it('some tasks only, while another one runs for ever', () => {
    const [a, b] = locks(2, 3)
    if (!a || !b) throw new Error('no lock')
    const runner = automaton('runner', [node({ to: 0 })], { daemon: true })
    const result = check(
      linkedOf(
        [
          runner,
          sequence('t1', [lock(a, 1), lock(b, 1)]),
          sequence('t2', [lock(b, 2), lock(a, 2)]),
        ],
        [a, b],
      ),
    )
    expect(result.claims.deadlock).toMatchObject({ verdict: 'violated', steps: 2, switches: 1 })
    expect(result.claims.deadlock.message).toContain('t1 waits for lock1, held by t2')
  })

  it('a task that flushes work while it holds what the work needs', () => {
    const mutex = variable('mutex', { max: 2 })
    const pending = variable('pending', { max: 1 })
    const flusher = sequence('close', [
      lock(mutex, 0),
      { guard: eq(pending, 0), label: 'flush_work', waits: { on: 'the work' } },
      unlock(mutex),
    ])
    const worker = automaton(
      'kworker',
      [
        node({ guard: ne(pending, 0), to: 1, waits: { on: 'work' } }),
        node({ ...lock(mutex, 1), to: 2 }),
        node({ set: [[mutex, 0]], to: 3 }),
        node({ set: [[pending, 0]], to: 0 }),
      ],
      { daemon: true },
    )
    const queuer = sequence('queue', [{ set: [[pending, 1]] }])
    const { deadlock } = check(linkedOf([flusher, worker, queuer], [mutex, pending])).claims
    expect(deadlock).toMatchObject({
      verdict: 'violated',
      message:
        'close waits for the work, which is up to kworker, which waits for mutex, held by close',
    })
  })

  it('daemons that wait for work from each other are idle', () => {
    const work = [variable('work0', { max: 1 }), variable('work1', { max: 1 })] as const
    const worker = (i: 0 | 1) =>
      automaton(
        `kworker${i}`,
        [
          node({ guard: ne(work[i], 0), to: 1, waits: { on: 'work' } }),
          node({ set: [[work[i], 0]], to: 2 }),
          node({ set: [[work[i === 0 ? 1 : 0], 1]], to: 0 }),
        ],
        { daemon: true },
      )
    const result = check(linkedOf([worker(0), worker(1)], [...work]))
    expect(result.claims.deadlock.verdict).toBe('holds')
    expect(result.claims.progress.verdict).toBe('holds')
  })

  it('daemons that hold what each other needs are not', () => {
    const [a, b] = locks(2, 2)
    if (!a || !b) throw new Error('no lock')
    const d = (i: number, x: typeof a, y: typeof a) =>
      automaton(
        `kworker${i}`,
        [
          node({ ...lock(x, i), to: 1 }),
          node({ ...lock(y, i), to: 2 }),
          node({ ...unlock(y), to: 3 }),
          node({ ...unlock(x), to: 0 }),
        ],
        { daemon: true },
      )
    const { deadlock } = check(linkedOf([d(0, a, b), d(1, b, a)], [a, b])).claims
    expect(deadlock).toMatchObject({ verdict: 'violated', steps: 2 })
    expect(deadlock.schedule?.pointOfNoReturn).toBe(1)
  })

  it('an event that nobody else would bring about never comes: no circle, but no progress either', () => {
    const done = variable('done', { max: 1 })
    const t = sequence('close', [
      { guard: ne(done, 0), waits: { on: 'its own work' } },
      { set: [[done, 1]] },
    ])
    const { claims } = check(linkedOf([t], [done]))
    expect(claims.deadlock.verdict).toBe('holds')
    expect(claims.progress.verdict).toBe('violated')
  })
})
