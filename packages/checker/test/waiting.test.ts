/** What a task of the kernel waits for besides locks: readers, completions, conditions and work items. */
import {
  add,
  cancelWorkSync,
  complete,
  completeAll,
  completion,
  eq,
  expr,
  flag,
  flushWork,
  load,
  mark,
  procedure,
  queueWork,
  srcu,
  srcuReadLock,
  srcuReadUnlock,
  store,
  synchronizeSrcu,
  task,
  variable,
  waitEvent,
  waitForCompletion,
  waitOn,
  waitQueue,
  wakeUpAll,
  work,
} from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import { broken, verdicts } from './judged.ts'
import { run, world } from './worlds.ts'

describe('SRCU', () => {
  const guarded = (readersFirst: boolean) => {
    const s = srcu('s')
    const freed = flag('freed')
    const published = flag('published', 1)
    const used = flag('used after free')
    const reader = run('reader', function* () {
      const id = yield* srcuReadLock(s)
      if (yield* load(published)) if (yield* load(freed)) yield* store(used, 1)
      yield* srcuReadUnlock(s, id)
    })
    const remover = run('remover', function* () {
      yield* store(published, 0)
      if (readersFirst) yield* synchronizeSrcu(s)
      yield* store(freed, 1)
    })
    return world([reader, remover, { ...reader, name: 'reader2' }], {
      invariants: [{ claim: 'memory', holds: eq(used, 0), message: 'used after free' }],
    })
  }
  it('synchronize waits for readers that were there', () => {
    expect(broken(guarded(true))).toEqual([])
  })
  it('without it a reader uses what was freed', () => {
    expect(broken(guarded(false))).toEqual(['memory'])
  })
  it('inside a read section of its own, synchronize waits for ever and is forbidden', () => {
    const s = srcu('s')
    const w = world([
      run('t', function* () {
        const id = yield* srcuReadLock(s)
        yield* synchronizeSrcu(s)
        yield* srcuReadUnlock(s, id)
      }),
    ])
    expect(broken(w)).toEqual(['context', 'deadlock', 'progress'])
  })
  it('inside a read section of another domain it waits for nobody and is allowed', () => {
    const [s, other] = [srcu('s'), srcu('other')]
    const w = world([
      run('t', function* () {
        const id = yield* srcuReadLock(other)
        yield* synchronizeSrcu(s)
        yield* srcuReadUnlock(other, id)
      }),
    ])
    expect(broken(w)).toEqual([])
  })
})

describe('completions and wait queues', () => {
  it('a completion is remembered until somebody waits', () => {
    const c = completion('c')
    const w = world([
      run('waiter', () => waitForCompletion(c)),
      run('signaller', () => complete(c)),
    ])
    expect(broken(w)).toEqual([])
  })
  it('one completion lets one waiter through, complete_all lets all', () => {
    const c = completion('c')
    const waiter = (name: string) => run(name, () => waitForCompletion(c))
    expect(broken(world([waiter('a'), waiter('b'), run('s', () => complete(c))]))).toEqual([
      'progress',
    ])
    expect(broken(world([waiter('a'), waiter('b'), run('s', () => completeAll(c))]))).toEqual([])
  })
  it('wait_event misses no wake-up when the condition is set before the wake-up', () => {
    const wq = waitQueue('wq')
    const ready = flag('ready')
    const wait = waitEvent(wq, expr(ready), 'ready?')
    const waker = (order: 'right' | 'wrong') =>
      run('waker', function* () {
        if (order === 'wrong') yield* wakeUpAll(wq)
        yield* store(ready, 1)
        if (order === 'right') yield* wakeUpAll(wq)
      })
    const waiters = [run('w1', () => waitOn(wait)), run('w2', () => waitOn(wait))]
    expect(broken(world([...waiters, waker('right')]))).toEqual([])
    expect(broken(world([...waiters, waker('wrong')]))).toEqual(['progress'])
  })
})

describe('workqueues', () => {
  const make = () => {
    const done = variable('done', { max: 3 })
    const item = work(
      'item',
      procedure('item', 'test', () => add(done, 1)),
    )
    return { done, item, worker: task('kworker', item.worker, [], { daemon: true }) }
  }
  it('flush waits for the run', () => {
    const { done, item, worker } = make()
    const early = flag('early')
    const w = world(
      [
        worker,
        run('t', function* () {
          yield* queueWork(item)
          yield* flushWork(item)
          if ((yield* load(done)) === 0) yield* store(early, 1)
        }),
      ],
      { invariants: [{ claim: 'memory', holds: eq(early, 0), message: 'flushed too early' }] },
    )
    expect(broken(w)).toEqual([])
  })
  it('cancel takes a pending item back or waits for one that runs', () => {
    const { done, item, worker } = make()
    const after = variable('after', { max: 3 })
    const w = world(
      [
        worker,
        run('t', function* () {
          yield* queueWork(item)
          yield* cancelWorkSync(item)
          yield* store(after, done)
          yield* mark('cancelled')
        }),
      ],
      {
        sometimes: [
          { name: 'cancelled', when: { mark: 'cancelled' } },
          { name: 'it had run', when: eq(after, 1) },
        ],
      },
    )
    expect(broken(w)).toEqual([])
    expect(verdicts(w).sometimes.every((s) => s.reached)).toBe(true)
  })
  it('a work item that flushes itself waits for ever', () => {
    const self: ReturnType<typeof work> = work(
      'self',
      procedure('self', 'test', () => flushWork(self)),
    )
    const w = world([
      task('kworker', self.worker, [], { daemon: true }),
      run('t', () => queueWork(self)),
      run('u', function* () {
        yield* queueWork(self)
        yield* flushWork(self)
      }),
    ])
    expect(broken(w)).toContain('deadlock')
  })
})
