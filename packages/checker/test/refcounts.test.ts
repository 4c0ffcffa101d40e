/** Reference counts, and numbers that leave their domain. */
import {
  add,
  and,
  atomically,
  type Body,
  eq,
  expr,
  not,
  refcountDecAndTest,
  refcountIncNotZero,
  variable,
} from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import { broken, verdicts } from './judged.ts'
import { run, world } from './worlds.ts'

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
