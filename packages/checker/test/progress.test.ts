import { eq, expr, ne, plus, variable } from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import { brokenAfter } from '../src/beyond.ts'
import { check } from '../src/check.ts'
import { automaton, edge, end, linkedOf, lock, node, sequence, unlock } from './build.ts'
import { execute } from './judge.ts'

describe('progress', () => {
  /** A counter that is raised and, on one way, never lowered again; the other task retries until it is 0. */
  function lostUnwind() {
    const count = variable('kvm.mmu_notifier_count', { max: 1 })
    const reaper = automaton('oom_reaper', [
      node({ set: [[count, plus(count, 1)]], to: 1, label: 'count++' }),
      node({ choose: true, to: [2, 3], label: 'trylock' }),
      node({ set: [[count, 0]], to: 3, label: 'count--' }),
      end,
    ])
    const vcpu = automaton('vcpu0', [
      node({ to: 1, label: 'fault' }),
      node({ answer: eq(count, 0), to: [0, 2], label: 'retry?' }),
      end,
    ])
    return linkedOf([reaper, vcpu], [count])
  }

  it('a lost unwind is a livelock, and no deadlock', () => {
    const linked = lostUnwind()
    const { progress, deadlock } = check(linked).claims
    expect(deadlock.verdict).toBe('holds')
    expect(progress).toMatchObject({
      verdict: 'violated',
      message: 'vcpu0 can never finish: it retries for ever',
      steps: 2,
      switches: 0,
      fewestSwitches: true,
    })
    const { schedule } = progress
    expect(schedule).toMatchObject({ prefix: 2, pointOfNoReturn: 1, stuck: 1, loop: 2 })
    // Raise, skip the unwind; then once round: fault, retry.
    expect(schedule?.moves).toEqual([
      { task: 0, answer: 0 },
      { task: 0, answer: 1 },
      { task: 1, answer: 0 },
      { task: 1, answer: 0 },
    ])
  })

  it('a lock that is never released is a lack of progress, and no deadlock', () => {
    const sem = variable('umem_rwsem', { max: 2 })
    const reaper = sequence('oom_reaper', [lock(sem, 0), {}])
    const reg = sequence('reg_mr', [{}, lock(sem, 1), unlock(sem)])
    const { progress, deadlock } = check(linkedOf([reaper, reg], [sem])).claims
    expect(deadlock.verdict).toBe('holds')
    expect(progress).toMatchObject({
      verdict: 'violated',
      steps: 1,
      message:
        'reg_mr can never finish: it waits for umem_rwsem, which oom_reaper took and never released',
      waitFor: [{ task: 'reg_mr', on: 'umem_rwsem', waitsFor: ['oom_reaper'] }],
    })
    expect(progress.schedule?.loop).toBeUndefined()
    // The story goes on until the other one has finished.
    expect(progress.schedule?.moves.length).toBe(3)
  })

  it('an event that nobody will bring about', () => {
    const done = variable('done', { max: 1 })
    const waiter = sequence('waiter', [
      { guard: ne(done, 0), label: 'wait_for_completion', waits: { on: 'done' } },
    ])
    const { progress, deadlock } = check(linkedOf([waiter], [done])).claims
    expect(deadlock.verdict).toBe('holds')
    expect(progress.message).toBe('waiter can never finish: it waits for ever for done')
    // Nothing can be done about it from the start.
    expect(progress.schedule).toEqual({ claim: 'progress', moves: [], prefix: 0, stuck: 0 })
  })

  it('a daemon need not finish, and a fair chance is all that is asked', () => {
    const stop = variable('stop', { max: 1 })
    const kworker = automaton('kworker', [node({ to: 0 })], { daemon: true })
    const spinner = automaton('spinner', [node({ answer: stop, to: [0, 1] }), end])
    const stopper = sequence('stopper', [{ set: [[stop, 1]] }])
    const result = check(linkedOf([kworker, spinner, stopper], [stop]))
    expect(result.claims.progress.verdict).toBe('holds')
  })

  it('of two stuck tasks the one with fewer switches on its way is told of', () => {
    const a = variable('a', { max: 1 })
    const b = variable('b', { max: 1 })
    const wait = (v: typeof a) => ({ guard: eq(v, 1), waits: { on: v.name } })
    const never = { guard: expr(0) }
    // Both get stuck by the first move of either.
    const tasks = [
      automaton('t0', [node({ choose: true, to: [1, 2] }), node({ ...never, to: 2 }), end]),
      sequence('t1', [wait(a)]),
      automaton('t2', [
        node({ edges: [edge(0, 1)], set: [[a, 1]] }),
        node({ set: [[b, 1]], to: 2 }),
        end,
      ]),
    ]
    const { progress } = check(linkedOf(tasks, [a, b])).claims
    expect(progress).toMatchObject({ steps: 1, switches: 0 })
    expect(progress.schedule?.stuck).toBe(0)
  })

  it('what lies beyond a bound is not known, and nobody is called stuck for it', () => {
    const v = variable('v', { max: 1 })
    const climber = automaton('climber', [
      node({ set: [[v, plus(v, 1)]], to: 1 }),
      node({ set: [[v, plus(v, 1)]], to: 2 }),
      end,
    ])
    const result = check(linkedOf([climber], [v]))
    expect(result.claims.progress.verdict).toBe('unfinished')
    const stuck = sequence('stuck', [{ guard: expr(0) }])
    const both = check(linkedOf([climber, stuck], [v]))
    // It might be freed by what was not explored.
    expect(both.claims.progress.verdict).toBe('unfinished')
  })

  it('what is impossible after some moves is asked of the world as it is', () => {
    const done = variable('done', { max: 1 })
    const waiter = sequence('waiter', [{}, { guard: ne(done, 0), waits: { on: 'done' } }])
    const setter = sequence('setter', [{ set: [[done, 1]] }])
    const moves = [{ task: 0, answer: 0 }]
    const alone = brokenAfter(linkedOf([waiter], [done]), moves, 100)
    expect(alone?.get('progress')?.message).toBe(
      'waiter can never finish: it waits for ever for done',
    )
    // The same state, and somebody who could still bring it about.
    expect(brokenAfter(linkedOf([waiter, setter], [done]), moves, 100)?.size).toBe(0)
    // With too few states to look at nothing is known, and nothing is said.
    expect(brokenAfter(linkedOf([waiter, setter], [done]), moves, 1)?.size).toBe(0)
    expect(brokenAfter(linkedOf([waiter], [done]), [...moves, ...moves], 100)).toBeUndefined()
  })

  it('the loop of a story is a loop', () => {
    const linked = lostUnwind()
    const { schedule } = check(linked).claims.progress
    if (schedule?.loop === undefined) throw new Error('no loop')
    const { states } = execute(linked, schedule.moves)
    expect(states[schedule.loop]).toEqual(states.at(-1))
  })
})
