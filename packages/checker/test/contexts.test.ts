/** Where the kernel may sleep, allocate and call back. */
import {
  type Allocator,
  alloc,
  type Body,
  choose,
  enterCallback,
  eq,
  flag,
  GFP_ATOMIC,
  GFP_KERNEL,
  inContext,
  leaveCallback,
  mutex,
  mutexLock,
  mutexTrylock,
  mutexUnlock,
  nonBlockEnd,
  nonBlockStart,
  procedure,
  spinLock,
  spinlock,
  spinUnlock,
  store,
  variable,
} from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import { broken, verdicts } from './judged.ts'
import { run, world } from './worlds.ts'

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
