// Which lock is taken under which: summaries of procedures against every stack and context, one by one.
import {
  applyEffect,
  applyStep,
  type Body,
  type Context,
  call,
  contextKey,
  depthOf,
  EMPTY_CONTEXT,
  enterCallback,
  inContext,
  jump,
  LabError,
  leaveCallback,
  load,
  lockMapAcquire,
  lockMapRelease,
  mutex,
  mutexLock,
  mutexTrylock,
  mutexUnlock,
  nonBlockEnd,
  nonBlockStart,
  type Procedure,
  procedure,
  store,
  task,
  variable,
} from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import type { LockEdge } from '../src/automaton.ts'
import { createKeys } from '../src/keys.ts'
import { link } from '../src/link.ts'
import { noteLockEdges } from '../src/lock-edges.ts'
import { createContexts } from '../src/place.ts'
import { createRecorder, type Recorded, type Recording } from '../src/record.ts'
import { randomFrom } from './random-world.ts'
import { run, world } from './worlds.ts'

type Proc = Procedure<[], number>

/** Procedures that lock, try, call and jump at random, and answer 0 or 1. */
function randomProcedure(seed: number): Proc {
  const below = randomFrom(seed)
  const v = variable('v', { max: 1 })
  const locks = ['a', 'b', 'c'].map(mutex)
  const procs: Proc[] = []
  const lockOf = (i: number) => locks[i] as (typeof locks)[number]
  const part = (self: number): ((last: number) => Body<number>) => {
    const lock = lockOf(below(3))
    const callee = 1 + below(3)
    switch (below(9)) {
      case 0:
        return function* (last) {
          yield* mutexLock(lock)
          return last
        }
      case 1:
        return function* (last) {
          if (last) yield* mutexUnlock(lock)
          return last
        }
      case 2:
        return () => mutexTrylock(lock)
      case 3:
      case 4:
        return () => call(procs[callee] as Proc)
      case 5:
        return function* () {
          yield* lockMapAcquire(lock.info)
          yield* lockMapRelease(lock.info)
          return yield* load(v)
        }
      case 6:
        return function* (last) {
          yield* enterCallback('start')
          const answer = callee > self ? yield* call(procs[callee] as Proc) : last
          yield* leaveCallback('start')
          return answer
        }
      case 7:
        return function* () {
          yield* nonBlockStart()
          const answer = yield* inContext('nonBlock')
          yield* nonBlockEnd()
          return answer
        }
      default:
        return function* (last) {
          yield* store(v, last)
          return last ? yield* jump(procs[callee] as Proc) : yield* load(v)
        }
    }
  }
  for (let i = 0; i < 4; i++) {
    const parts = Array.from({ length: 1 + below(4) }, () => part(i))
    procs.push(
      procedure(`p${i}`, `p${i}.c`, function* () {
        let last = 0
        for (const p of parts) last = yield* p(last)
        return last
      }),
    )
  }
  return procs[0] as Proc
}

/** Every stack in every context, breadth-first, as long as there are not too many. */
function naive(root: Recording): Set<string> | undefined {
  const edges = new Set<string>()
  type Frames = readonly Recorded[]
  const seen = new Set<string>()
  const todo: { frames: Frames; context: Context }[] = []
  const come = (frames: Frames, context: Context): void => {
    const key = `${frames.map((n) => n.id).join()}|${contextKey(context)}`
    if (seen.has(key)) return
    seen.add(key)
    todo.push({ frames, context })
  }
  come([root.root as Recorded], EMPTY_CONTEXT)
  for (const { frames, context } of todo) {
    if (todo.length > 3000 || frames.length > 12 || context.held.length > 12) return undefined
    const node = frames.at(-1)
    const below = frames.slice(0, -1)
    if (!node) continue
    const goOn = (under: Frames, answer: string, after: Context): void => {
      const top = under.at(-1)
      if (top === undefined) come([], after)
      else if (top.kind === 'op')
        come([...under.slice(0, -1), top.next.get(answer) as Recorded], after)
    }
    if (node.kind === 'return') {
      goOn(below, node.value, context)
      continue
    }
    const { op, answers, callee } = node
    const note = (taken: string, mode: string): void => {
      const callback = depthOf(context, 'callback') > 0
      for (const h of context.held) edges.add([h.info.cls, taken, h.mode, mode, callback].join('>'))
      if (callback) edges.add(['', taken, 'exclusive', mode, true].join('>'))
    }
    if (op.kind === 'call') come([...frames, callee?.root as Recorded], context)
    else if (op.kind === 'jump') come([...below, callee?.root as Recorded], context)
    else if (op.kind === 'ask') goOn(frames, depthOf(context, op.field) > 0 ? '1' : '0', context)
    else if (op.kind === 'silent') {
      if (op.effect.type === 'pseudo-lock' && op.effect.event === 'acquire')
        note(op.effect.info.cls, 'exclusive')
      goOn(frames, '0', applyEffect(context, op.effect))
    } else {
      if (op.kind === 'step' && op.lock?.event === 'acquire') note(op.lock.info.cls, op.lock.mode)
      for (const answer of answers)
        goOn(frames, String(answer), op.kind === 'step' ? applyStep(context, op, answer) : context)
    }
  }
  return edges
}

describe('which lock is taken under which', () => {
  it('is what every stack and context one by one say, for random procedures', () => {
    let [compared, found] = [0, 0]
    for (let seed = 1; seed <= 1200; seed++) {
      const main = randomProcedure(seed)
      const root = createRecorder(createKeys()).record(main, [])
      const want = naive(root)
      if (!want) continue
      const edges = new Map<string, LockEdge>()
      noteLockEdges(task('t', main, []), root, createContexts(), edges)
      const keys = [...edges.keys()].map((key) => key.replace(/>t$/, ''))
      expect(keys.sort(), `seed ${seed}`).toEqual([...want].sort())
      compared++
      found += want.size
    }
    expect(compared).toBeGreaterThan(600)
    expect(found).toBeGreaterThan(500)
  })

  it('is told of where nobody can come to within the bounds, of which nothing is unfolded', () => {
    const [a, b] = [mutex('a'), mutex('b')]
    const never = variable('never', { max: 1 })
    const linked = link(
      world([
        run('t', function* () {
          yield* mutexLock(a)
          if (yield* load(never)) {
            yield* mutexLock(b)
            yield* mutexUnlock(b)
          }
          yield* mutexUnlock(a)
        }),
      ]),
    )
    expect(linked.lockOrder.map((e) => `${e.held.cls}>${e.taken.cls}`)).toEqual(['a>b'])
    expect(linked.size.unminimised).toBe(4)
  })

  it('refuses a loop that opens sections and never ends them', () => {
    const v = variable('v', { max: 1 })
    const p: Procedure<[], void> = procedure('p', 'test', function* () {
      yield* nonBlockStart()
      yield* store(v, 1)
      return yield* jump(p)
    })
    expect(() => link(world([run('t', () => jump(p))]))).toThrow(LabError)
  })
})
