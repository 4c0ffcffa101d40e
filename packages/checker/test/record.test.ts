import {
  type Body,
  call,
  choose,
  downRead,
  downWrite,
  flag,
  jump,
  LabError,
  load,
  mutex,
  mutexLock,
  mutexUnlock,
  nonBlockEnd,
  nonBlockStart,
  type Procedure,
  procedure,
  rwsem,
  store,
  upRead,
  upWrite,
  variable,
} from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import { createKeys } from '../src/keys.ts'
import { link } from '../src/link.ts'
import { createRecorder } from '../src/record.ts'
import { run, world } from './worlds.ts'

const codeOf = (f: () => unknown): string => {
  try {
    f()
  } catch (e) {
    if (e instanceof LabError) return e.code
    throw e
  }
  return 'nothing thrown'
}

const record = (p: Procedure<never[], unknown>) => createRecorder(createKeys()).record(p, [])

describe('recording', () => {
  it('runs a procedure for every answer and collects what it returns', () => {
    const v = variable('v', { max: 3 })
    const p = procedure('p', 'test', function* () {
      const n = yield* load(v)
      return n > 1 ? 'high' : 'low'
    })
    const r = record(p)
    expect([...r.returns.values()].sort()).toEqual(['high', 'low'])
  })

  it('lets paths of a callee that return the same meet again in the caller', () => {
    const v = variable('v', { max: 7 })
    const callee = procedure('callee', 'test', function* () {
      return (yield* load(v)) % 2
    })
    const caller = function* (): Body<void> {
      for (let i = 0; i < 6; i++) yield* call(callee)
    }
    const linked = link(
      world([
        run('t', caller),
        run('u', function* () {
          yield* store(v, 3)
        }),
      ]),
    )
    // Six loads whose answers make no difference, then the end.
    expect(linked.automata[0]?.nodes.length).toBe(7)
  })

  it('solves recursion by the values that come back', () => {
    const v = flag('v')
    const down: Procedure<[number], number> = procedure('down', 'test', function* (n) {
      if (n === 0) return 0
      if (yield* load(v)) return 7
      return (yield* call(down, n - 1)) + 1
    })
    const r = createRecorder(createKeys()).record(down as never, [3])
    expect([...r.returns.values()].sort()).toEqual([3, 7, 8, 9])
  })

  it('records mutual recursion to a fixed point', () => {
    const v = variable('v', { max: 2 })
    const even: Procedure<[], string> = procedure('even', 'test', function* () {
      const n = yield* load(v)
      return n === 0 ? 'zero' : n === 1 ? 'one' : yield* call(odd)
    })
    const odd: Procedure<[], string> = procedure('odd', 'test', function* () {
      return (yield* load(v)) === 0 ? 'odd zero' : yield* call(even)
    })
    const r = record(even as never)
    expect([...r.returns.values()].sort()).toEqual(['odd zero', 'one', 'zero'])
  })

  it('refuses a procedure that counts its own runs', () => {
    let runs = 0
    const p = procedure('counts', 'test', function* () {
      yield* choose(`run ${runs++}`, ['a', 'b'])
    })
    expect(codeOf(() => record(p as never))).toBe('NOT_DETERMINISTIC')
  })

  it('refuses a straight-line procedure that returns something else the second time', () => {
    let n = 0
    const v = flag('v')
    const p = procedure('drifts', 'test', function* () {
      yield* load(v)
      return n++
    })
    expect(codeOf(() => record(p as never))).toBe('NOT_DETERMINISTIC')
  })

  it('refuses a variable made while the procedure runs', () => {
    const p = procedure('makes', 'test', function* () {
      yield* store(flag('fresh'), 1)
    })
    expect(codeOf(() => record(p as never))).toBe('NOT_DETERMINISTIC')
  })

  it('names the procedure and the op of what is not deterministic', () => {
    let coin = 0
    const a = flag('a')
    const b = flag('b')
    const p = procedure('flips', 'test', function* () {
      yield* load(coin++ % 2 ? a : b)
    })
    try {
      record(p as never)
      expect.unreachable()
    } catch (e) {
      expect((e as LabError).message).toContain('flips')
      expect((e as LabError).where).toMatch(/step (a|b)/)
    }
  })

  it('refuses something that is not an op', () => {
    const p = procedure('odd', 'test', function* () {
      yield 42 as never
    })
    expect(codeOf(() => record(p as never))).toBe('NOT_AN_OP')
  })

  it('refuses a domain that is too large to record', () => {
    const v = variable('wide', { max: 1000 })
    expect(
      codeOf(() =>
        record(
          procedure('p', 'test', function* () {
            yield* load(v)
          }) as never,
        ),
      ),
    ).toBe('DOMAIN_TOO_LARGE')
  })

  it('refuses an unbounded loop that should be a jump', () => {
    const v = flag('v')
    const p = procedure('spins', 'test', function* () {
      for (;;) yield* store(v, 1)
    })
    expect(codeOf(() => record(p as never))).toBe('PROCEDURE_TOO_LARGE')
  })

  it('refuses a loop without any step', () => {
    const p: Procedure<[], void> = procedure('idle', 'test', function* () {
      return yield* jump(p)
    })
    expect(codeOf(() => link(world([run('t', () => jump(p))])))).toBe('LOOP_WITHOUT_STEP')
  })

  it('refuses a loop that hoards locks', () => {
    const v = flag('v')
    const p: Procedure<[], void> = procedure('hoards', 'test', function* () {
      yield* nonBlockStart()
      yield* nonBlockEnd()
      yield* mutexLock(m)
      yield* store(v, 1)
      return yield* jump(p)
    })
    const m = mutex('m')
    expect(codeOf(() => link(world([run('t', () => jump(p))])))).toBe('UNBOUNDED_CONTEXT')
  })
})

describe('linking', () => {
  it('folds variables that nobody changes and drops what they rule out', () => {
    const never = flag('never')
    const v = flag('v')
    const linked = link(
      world([
        run('t', function* () {
          if (yield* load(never)) yield* store(v, 1)
        }),
      ]),
    )
    expect(linked.variables).toEqual([])
    expect(linked.automata[0]?.nodes.length).toBe(2)
  })

  it('merges equal futures of different paths', () => {
    const v = flag('v')
    const w = flag('w')
    const linked = link(
      world([
        run('t', function* () {
          if (yield* load(v)) yield* store(w, 1)
          else yield* store(w, 1)
        }),
        run('u', function* () {
          yield* store(v, 1)
        }),
      ]),
    )
    expect(linked.automata[0]?.nodes.length).toBe(3)
  })

  it('gives equal worlds equal fingerprints and others different ones', () => {
    const make = (value: number) => {
      const v = variable('v', { max: 3 })
      return link(world([run('t', () => store(v, value))])).fingerprint
    }
    expect(make(1)).toBe(make(1))
    expect(make(1)).not.toBe(make(2))
  })

  it('notes in which order locks are taken', () => {
    const a = mutex('a')
    const b = mutex('b')
    const linked = link(
      world([
        run('t', function* () {
          yield* mutexLock(a)
          yield* mutexLock(b)
          yield* mutexUnlock(b)
          yield* mutexUnlock(a)
        }),
      ]),
    )
    expect(linked.lockOrder.map((e) => `${e.held.cls}>${e.taken.cls}`)).toEqual(['a>b'])
    expect(linked.lockOrder[0]).toMatchObject({ task: 't', source: 'test', takenMode: 'exclusive' })
  })

  it('notes how locks are held, once for every way and every task', () => {
    const a = rwsem('a')
    const b = mutex('b')
    const taking = (first: 'read' | 'write') =>
      function* () {
        if (first === 'read') yield* downRead(a)
        else yield* downWrite(a)
        yield* mutexLock(b)
        yield* mutexUnlock(b)
        if (first === 'read') yield* upRead(a)
        else yield* upWrite(a)
      }
    const linked = link(
      world([run('r1', taking('read')), run('r2', taking('read')), run('w', taking('write'))]),
    )
    expect(linked.lockOrder.map((e) => `${e.task} ${e.heldMode} ${e.takenMode}`)).toEqual([
      'r1 read exclusive',
      'r2 read exclusive',
      'w write exclusive',
    ])
  })
})
