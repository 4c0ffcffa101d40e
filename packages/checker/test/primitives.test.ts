/** The kernel's primitives, each explored in a small world that only the right rules survive. */
import {
  type Allocator,
  add,
  alloc,
  and,
  atomically,
  type Body,
  type ClaimId,
  cancelWorkSync,
  choose,
  complete,
  completeAll,
  completion,
  downgradeWrite,
  downRead,
  downReadTrylock,
  downWrite,
  downWriteTrylock,
  enterCallback,
  eq,
  expr,
  flag,
  flushWork,
  GFP_ATOMIC,
  GFP_KERNEL,
  inContext,
  leaveCallback,
  load,
  mark,
  mutex,
  mutexLock,
  mutexTrylock,
  mutexUnlock,
  nonBlockEnd,
  nonBlockStart,
  not,
  procedure,
  queueWork,
  refcountDecAndTest,
  refcountIncNotZero,
  rwsem,
  spinLock,
  spinlock,
  spinUnlock,
  srcu,
  srcuReadLock,
  srcuReadUnlock,
  store,
  synchronizeSrcu,
  task,
  upRead,
  upWrite,
  variable,
  type World,
  waitEvent,
  waitForCompletion,
  waitOn,
  waitQueue,
  wakeUpAll,
  work,
} from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import { check } from '../src/check.ts'
import { link } from '../src/link.ts'
import type { CheckResult } from '../src/result.ts'
import { run, world } from './worlds.ts'

const verdicts = (w: World): CheckResult => check(link(w))
const broken = (w: World): ClaimId[] =>
  Object.entries(verdicts(w).claims)
    .filter(([, c]) => c.verdict === 'violated')
    .map(([claim]) => claim as ClaimId)

/** Two tasks in one place at once: `inside` counts them. */
const alone = (lock: () => Body<unknown>, unlock: () => Body<unknown>) => {
  const inside = variable('inside', { max: 3 })
  const body = function* (): Body<void> {
    yield* lock()
    yield* add(inside, 1)
    yield* add(inside, -1)
    yield* unlock()
  }
  const crowded = { claim: 'memory' as const, holds: not(eq(inside, 2)), message: 'two inside' }
  return world([run('a', body), run('b', body)], { invariants: [crowded] })
}

describe('mutual exclusion', () => {
  it('spinlock', () => {
    const l = spinlock('l')
    expect(
      broken(
        alone(
          () => spinLock(l),
          () => spinUnlock(l),
        ),
      ),
    ).toEqual([])
  })
  it('mutex', () => {
    const l = mutex('l')
    expect(
      broken(
        alone(
          () => mutexLock(l),
          () => mutexUnlock(l),
        ),
      ),
    ).toEqual([])
  })
  it('rwsem for writing', () => {
    const l = rwsem('l')
    expect(
      broken(
        alone(
          () => downWrite(l),
          () => upWrite(l),
        ),
      ),
    ).toEqual([])
  })
  it('readers of an rwsem are let in together, and nothing else excludes them', () => {
    const l = rwsem('l')
    expect(
      broken(
        alone(
          () => downRead(l),
          () => upRead(l),
        ),
      ),
    ).toEqual(['memory'])
  })
  it('without a lock two are inside', () => {
    expect(
      broken(
        alone(
          function* () {},
          function* () {},
        ),
      ),
    ).toEqual(['memory'])
  })
  it('a trylock that ignores its answer lets two inside, and releases what it does not hold', () => {
    const l = mutex('l')
    expect(
      broken(
        alone(
          () => mutexTrylock(l),
          () => mutexUnlock(l),
        ),
      ),
    ).toEqual(['memory', 'balance'])
  })
})

describe('waiting for one another', () => {
  it('finds the circle of two locks taken in either order, as a deadlock and as a lock-order cycle', () => {
    const a = mutex('a')
    const b = mutex('b')
    const both = (x: typeof a, y: typeof a) =>
      function* (): Body<void> {
        yield* mutexLock(x)
        yield* mutexLock(y)
        yield* mutexUnlock(y)
        yield* mutexUnlock(x)
      }
    const w = world([run('ab', both(a, b)), run('ba', both(b, a))])
    expect(broken(w)).toEqual(['deadlock', 'progress', 'lock-order'])
    expect(
      verdicts(w)
        .claims.deadlock.waitFor?.map((x) => x.task)
        .sort(),
    ).toEqual(['ab', 'ba'])
  })

  it('reports the lock order even where no schedule can deadlock', () => {
    const a = mutex('a')
    const b = mutex('b')
    const outer = mutex('outer')
    const both = (x: typeof a, y: typeof a) =>
      function* (): Body<void> {
        yield* mutexLock(outer)
        yield* mutexLock(x)
        yield* mutexLock(y)
        yield* mutexUnlock(y)
        yield* mutexUnlock(x)
        yield* mutexUnlock(outer)
      }
    expect(broken(world([run('ab', both(a, b)), run('ba', both(b, a))]))).toEqual(['lock-order'])
  })

  it('a task that takes a mutex twice waits for itself', () => {
    const l = mutex('l')
    const w = world([
      run('t', function* () {
        yield* mutexLock(l)
        yield* mutexLock(l)
      }),
    ])
    const { deadlock } = verdicts(w).claims
    expect(deadlock.verdict).toBe('violated')
    expect(deadlock.waitFor?.[0]?.waitsFor).toEqual(['t'])
  })

  it('a reader that comes back waits behind a writer that waits for it', () => {
    const l = rwsem('l', 2)
    const nested = run('reader', function* () {
      yield* downRead(l)
      yield* downRead(l)
      yield* upRead(l)
      yield* upRead(l)
    })
    const writer = run('writer', function* () {
      yield* downWrite(l)
      yield* upWrite(l)
    })
    expect(broken(world([nested]))).not.toContain('deadlock')
    const w = world([nested, writer])
    expect(broken(w)).toContain('deadlock')
    expect(
      verdicts(w)
        .claims.deadlock.waitFor?.map((x) => x.task)
        .sort(),
    ).toEqual(['reader', 'writer'])
  })

  it('a read trylock fails behind a waiting writer, so the same nesting by trylock gets through', () => {
    const l = rwsem('l', 2)
    const seen = flag('seen')
    const reader = run('reader', function* () {
      yield* downRead(l)
      if (yield* downReadTrylock(l)) yield* upRead(l)
      else yield* store(seen, 1)
      yield* upRead(l)
    })
    const writer = run('writer', function* () {
      yield* downWrite(l)
      yield* upWrite(l)
    })
    const w = world([reader, writer], { sometimes: [{ name: 'refused', when: eq(seen, 1) }] })
    expect(broken(w)).toEqual([])
    expect(verdicts(w).sometimes).toEqual([{ name: 'refused', reached: true }])
  })

  it('downgrading lets readers in and keeps writers out', () => {
    const l = rwsem('l')
    const wrote = flag('wrote')
    const clash = flag('clash')
    const owner = run('owner', function* () {
      yield* downWrite(l)
      yield* downgradeWrite(l)
      if (yield* load(wrote)) yield* store(clash, 1)
      yield* upRead(l)
    })
    const other = run('other', function* () {
      if (yield* downWriteTrylock(l)) {
        yield* store(wrote, 1)
        yield* store(wrote, 0)
        yield* upWrite(l)
      }
    })
    const reader = run('reader', function* () {
      yield* downRead(l)
      yield* upRead(l)
    })
    const w = world([owner, other, reader], {
      invariants: [{ claim: 'memory', holds: eq(clash, 0), message: 'a writer beside a reader' }],
    })
    expect(broken(w)).toEqual([])
  })
})

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

describe('context', () => {
  const one = (body: () => Body<unknown>) => broken(world([run('t', body)]))
  const m = mutex('m')
  const s = spinlock('s')
  it('a mutex may not be taken where blocking is forbidden, a trylock may', () => {
    expect(
      one(function* () {
        yield* nonBlockStart()
        yield* mutexLock(m)
        yield* nonBlockEnd()
        yield* mutexUnlock(m)
      }),
    ).toEqual(['context'])
    expect(
      one(function* () {
        yield* nonBlockStart()
        if (yield* mutexTrylock(m)) yield* mutexUnlock(m)
        yield* nonBlockEnd()
      }),
    ).toEqual([])
  })
  it('nor under a spinlock', () => {
    expect(
      one(function* () {
        yield* spinLock(s)
        yield* mutexLock(m)
        yield* mutexUnlock(m)
        yield* spinUnlock(s)
      }),
    ).toEqual(['context'])
  })
  it('an allocation that may reclaim sleeps, an atomic one does not', () => {
    const none: Allocator = {
      shortages: undefined,
      directReclaim: procedure('r', 'test', function* () {}),
    }
    const under = (gfp: typeof GFP_KERNEL) =>
      one(function* () {
        yield* spinLock(s)
        yield* alloc(none, gfp, 'memory')
        yield* spinUnlock(s)
      })
    expect(under(GFP_KERNEL)).toEqual(['context'])
    expect(under(GFP_ATOMIC)).toEqual([])
  })
  it('reclaim runs with PF_MEMALLOC, so that it does not nest; locks that callbacks take may not be held', () => {
    const short = variable('shortages', { max: 2, init: 2 })
    const nested = flag('nested')
    const memalloc = flag('memalloc')
    const a: Allocator = {
      shortages: short,
      directReclaim: procedure('reclaim', 'test', function* () {
        yield* store(memalloc, yield* inContext('memalloc'))
        yield* alloc(a, GFP_KERNEL, 'more memory')
        yield* enterCallback('callback')
        if (yield* choose('callback', ['locks', 'does not'])) {
          yield* mutexLock(m)
          yield* mutexUnlock(m)
        }
        yield* leaveCallback('callback')
      }),
    }
    const plain = world([run('t', () => alloc(a, GFP_KERNEL, 'memory'))], {
      invariants: [{ claim: 'memory', holds: eq(nested, 0), message: 'nested' }],
      sometimes: [
        { name: 'memalloc', when: eq(memalloc, 1) },
        { name: 'twice', when: eq(short, 0) },
      ],
    })
    expect(broken(plain)).toEqual([])
    expect(verdicts(plain).sometimes.map((x) => x.reached)).toEqual([true, false])
    const holding = world([
      run('t', function* () {
        yield* mutexLock(m)
        yield* alloc(a, GFP_KERNEL, 'memory')
        yield* mutexUnlock(m)
      }),
    ])
    expect(broken(holding)).toEqual(['context', 'deadlock', 'progress', 'lock-order'])
  })
})

describe('counters', () => {
  it('a reference cannot be taken from a count that has dropped to 0', () => {
    const refs = variable('refs', { max: 3, init: 1 })
    const freed = variable('freed', { max: 3 })
    const put = function* (): Body<void> {
      if (yield* refcountDecAndTest(refs)) yield* add(freed, 1)
    }
    const w = world(
      [
        run('owner', put),
        run('user', function* () {
          if (yield* refcountIncNotZero(refs)) yield* put()
        }),
      ],
      {
        invariants: [
          { claim: 'memory', holds: not(eq(freed, 2)), message: 'freed twice' },
          {
            claim: 'balance',
            holds: not(and(eq(freed, 1), not(eq(refs, 0)))),
            message: 'freed while referenced',
          },
        ],
      },
    )
    expect(broken(w)).toEqual([])
  })
  it('leaving the domain is a verdict of its own and takes the word "holds" away from the others', () => {
    const n = variable('n', { max: 2 })
    const r = verdicts(
      world([
        run('t', function* () {
          for (let i = 0; i < 3; i++)
            yield* atomically({
              assign: [[n, expr({ k: 'bin', op: 'add', a: expr(n), b: expr(1) })]],
              label: 'n++',
            })
        }),
      ]),
    )
    expect(r.claims.bound.verdict).toBe('violated')
    expect(r.claims.bound.message).toContain('n would become 3')
    expect(r.claims.memory.verdict).toBe('unfinished')
  })
})
