import {
  add,
  barrier,
  bug,
  choose,
  complete,
  completion,
  downRead,
  downWrite,
  eq,
  flag,
  flushWork,
  jump,
  load,
  lt,
  mark,
  mutex,
  mutexLock,
  mutexTrylock,
  mutexUnlock,
  ne,
  nonBlockEnd,
  nonBlockStart,
  type Procedure,
  procedure,
  queueWork,
  rwsem,
  spinLock,
  spinlock,
  spinUnlock,
  store,
  upRead,
  upWrite,
  variable,
  violate,
  type World,
  waitForCompletion,
  work,
} from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import { check } from '../src/check.ts'
import { link } from '../src/link.ts'
import { explorePlain } from '../src/plain.ts'
import { type Replay, replay } from '../src/replay.ts'
import type { CheckResult, Move } from '../src/result.ts'
import { run, world } from './worlds.ts'

/** Checks a world of real procedures, against the plain interpreter too. */
function checked(w: World): CheckResult {
  const linked = link(w)
  const result = check(linked)
  const plain = explorePlain(linked)
  expect([result.states, result.transitions]).toEqual([plain.states.size, plain.transitions])
  return result
}

function follow(w: World, moves: readonly Move[]): Replay {
  const r = replay(w)
  for (const m of moves) {
    expect(r.enabled(m.task)).toBe(true)
    const [event] = r.step(m.task, m.answer).filter((e) => e.kind === 'step')
    if (event?.kind === 'step' && event.op.kind === 'choose') expect(event.answer).toBe(m.answer)
  }
  return r
}

describe('checks of real procedures', () => {
  it('two mutexes in both orders: deadlock, lock order, and the schedule runs', () => {
    const a = mutex('a')
    const b = mutex('b')
    const nest = (x: typeof a, y: typeof a) =>
      function* () {
        yield* mutexLock(x)
        yield* mutexLock(y)
        yield* mutexUnlock(y)
        yield* mutexUnlock(x)
      }
    const w = world([run('one', nest(a, b)), run('two', nest(b, a))])
    const { claims } = checked(w)
    expect(claims.deadlock).toMatchObject({
      verdict: 'violated',
      steps: 2,
      message: 'one waits for b, held by two, which waits for a, held by one',
    })
    expect(claims['lock-order'].verdict).toBe('violated')
    const r = follow(w, claims.deadlock.schedule?.moves ?? [])
    expect([r.enabled(0), r.enabled(1)]).toEqual([false, false])
  })

  it('a reader that comes again behind a waiting writer', () => {
    const sem = rwsem('mmap_lock', 2)
    const reader = run('reader', function* () {
      yield* downRead(sem)
      yield* downRead(sem)
      yield* upRead(sem)
      yield* upRead(sem)
    })
    const writer = run('writer', function* () {
      yield* downWrite(sem)
      yield* upWrite(sem)
    })
    const w = world([reader, writer])
    const { deadlock } = checked(w).claims
    expect(deadlock.message).toBe(
      'reader waits for mmap_lock, held by writer, which waits for mmap_lock, held by reader',
    )
    const r = follow(w, deadlock.schedule?.moves ?? [])
    expect([r.enabled(0), r.enabled(1)]).toEqual([false, false])
  })

  it('the lost unwind: a blocked driver in between leaves the count raised for ever', () => {
    const mmuLock = spinlock('kvm.mmu_lock')
    const count = variable('kvm.mmu_notifier_count', { max: 2 })
    const umem = mutex('umem_mutex')
    const start = run('oom_reaper', function* () {
      yield* spinLock(mmuLock)
      yield* add(count, 1)
      yield* spinUnlock(mmuLock)
      if ((yield* mutexTrylock(umem)) === 0) return
      yield* mutexUnlock(umem)
      yield* spinLock(mmuLock)
      yield* add(count, -1)
      yield* spinUnlock(mmuLock)
    })
    const fault: Procedure<[], void> = procedure('tdp_page_fault', 'test', function* () {
      yield* spinLock(mmuLock)
      const busy = yield* load(count)
      yield* spinUnlock(mmuLock)
      if (busy) return yield* jump(fault)
    })
    const odp = run('odp', function* () {
      yield* mutexLock(umem)
      yield* mutexUnlock(umem)
    })
    const w = world([start, run('vcpu0', fault.body), odp])
    const { progress, deadlock, balance } = checked(w).claims
    expect(deadlock.verdict).toBe('holds')
    expect(balance.verdict).toBe('holds')
    expect(progress).toMatchObject({
      verdict: 'violated',
      message: 'vcpu0 can never finish: it retries for ever',
    })
    const { schedule } = progress
    const moves = schedule?.moves ?? []
    const r = follow(w, moves)
    expect(r.finished(0)).toBe(true)
    expect(r.finished(1)).toBe(false)
    // Nobody but the stuck task is needed to go round.
    expect(moves.slice(schedule?.loop).every((m) => m.task === 1)).toBe(true)
    const before = follow(w, moves.slice(0, schedule?.prefix))
    expect(before.read(count)).toBe(1)
  })

  it('broken rules of context, marks and a promise of the contract', () => {
    const m = mutex('umem_mutex')
    const w = world(
      [
        run('reaper', function* () {
          yield* nonBlockStart()
          const way = yield* choose('blocks?', ['no', 'yes'])
          if (way === 1) yield* mutexLock(m)
          yield* nonBlockEnd()
          yield* mark('the end')
          yield* violate('balance', 'end without start')
        }),
      ],
      { sometimes: [{ name: 'gets there', when: { mark: 'the end' } }] },
    )
    const { claims, sometimes } = checked(w)
    expect(claims.context.message).toContain('may sleep inside non_block_start')
    expect(claims.context.schedule?.moves).toEqual([{ task: 0, answer: 1 }])
    expect(claims.balance).toMatchObject({ message: 'end without start', steps: 1 })
    expect(claims.balance.schedule?.moves).toEqual([{ task: 0, answer: 0 }])
    expect(sometimes).toEqual([{ name: 'gets there', reached: true }])
    const broken = follow(w, claims.context.schedule?.moves ?? []).events
    expect(broken.filter((e) => e.kind === 'violation')).toMatchObject([{ claim: 'context' }])
  })

  it('BUG after a race', () => {
    const busy = flag('busy')
    const t = run('fast', function* () {
      yield* store(busy, 1)
      yield* barrier('smp_mb')
      yield* store(busy, 0)
    })
    const u = run('slow', function* () {
      if (yield* load(busy)) yield* bug('BUG_ON(busy)')
    })
    const w = world([t, u])
    const { claims } = checked(w)
    expect(claims.warn).toMatchObject({ verdict: 'violated', steps: 2, switches: 1 })
    expect(claims.progress.verdict).toBe('holds')
    expect(follow(w, claims.warn.schedule?.moves ?? []).halted).toBe(true)
  })

  it('a completion that is never completed, and one that is', () => {
    const done = completion('done')
    const waiter = run('waiter', () => waitForCompletion(done))
    expect(checked(world([waiter])).claims.progress.verdict).toBe('violated')
    const finisher = run('finisher', () => complete(done))
    expect(checked(world([waiter, finisher])).claims.progress.verdict).toBe('holds')
  })

  it('flush_work under the mutex that the work takes', () => {
    const m = mutex('umem_mutex')
    const item = work(
      'mr_cache',
      procedure('cache_work_func', 'test', function* () {
        yield* mutexLock(m)
        yield* mutexUnlock(m)
      }),
    )
    const worker = run('kworker', item.worker.body, true)
    const dereg = run('dereg_mr', function* () {
      yield* mutexLock(m)
      yield* queueWork(item)
      yield* flushWork(item)
      yield* mutexUnlock(m)
    })
    const { deadlock } = checked(world([worker, dereg])).claims
    expect(deadlock.message).toBe(
      'dereg_mr waits for mr_cache, held by kworker, which waits for umem_mutex, held by dereg_mr',
    )
  })

  it('invariants over what linking folded away', () => {
    const never = variable('never', { max: 3 })
    const v = variable('v', { max: 3 })
    const t = run('t', function* () {
      yield* add(v, 1)
      yield* add(v, 1)
    })
    const w = world([t], {
      invariants: [
        { claim: 'memory', holds: lt(v, 2), message: 'two' },
        { claim: 'oom', holds: eq(never, 0), message: 'never' },
        { claim: 'balance', holds: ne(never, 0), message: 'always' },
      ],
    })
    const { claims } = checked(w)
    expect(claims.memory).toMatchObject({ verdict: 'violated', steps: 2 })
    expect(claims.oom.verdict).toBe('holds')
    expect(claims.balance).toMatchObject({ verdict: 'violated', steps: 0 })
  })
})
