/** The kernel's locks, each explored in a small world that only the right rules survive. */
import {
  add,
  type Body,
  downgradeWrite,
  downRead,
  downReadTrylock,
  downWrite,
  downWriteTrylock,
  eq,
  flag,
  load,
  mutex,
  mutexLock,
  mutexTrylock,
  mutexUnlock,
  not,
  rwsem,
  spinLock,
  spinlock,
  spinUnlock,
  store,
  upRead,
  upWrite,
  variable,
} from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import { broken, verdicts } from './judged.ts'
import { run, world } from './worlds.ts'

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
