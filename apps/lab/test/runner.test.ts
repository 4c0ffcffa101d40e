/** The runner with a worker that answers when the test says so. */
import { type CellName, formatCell } from '@mmulab/compare'
import { describe, expect, it } from 'vitest'
import type { Reply, Request } from '../src/run/protocol.ts'
import { createRunner, type Runner } from '../src/run/runner.ts'

const cell = (scenario: string): CellName => ({
  policy: 'mainline@5.4',
  drivers: ['kvm'],
  scenario,
  size: 'small',
})
const [a, b, c] = [cell('a'), cell('b'), cell('c')]

/** Scenarios in the order in which they were started, and an answer for the one that runs. */
function setUp(): { runner: Runner; started: string[]; ended: () => number; answer: () => void } {
  const started: string[] = []
  let ended = 0
  let say: (reply: Reply) => void = () => {}
  const runner = createRunner(
    () => {
      const worker = {
        onmessage: (_: { data: Reply }) => {},
        postMessage({ name }: Request) {
          started.push(name.scenario)
          say = (data) => worker.onmessage({ data })
        },
        terminate: () => ended++,
      }
      return worker as unknown as Worker
    },
    () => {},
  )
  const problem = { message: 'no', known: [], hint: undefined }
  return { runner, started, ended: () => ended, answer: () => say({ kind: 'problem', problem }) }
}

describe('the runner', () => {
  it('runs cells in order, one at a time, and keeps what it knows', () => {
    const { runner, started, answer, ended } = setUp()
    runner.want([a, b], undefined)
    expect(started).toEqual(['a'])
    answer()
    answer()
    expect([...runner.results.keys()]).toEqual([a, b].map(formatCell))
    runner.want([a, c, b], undefined)
    expect(started).toEqual(['a', 'b', 'c'])
    expect(ended()).toBe(0)
  })

  it('lets a cell go on that is still wanted, and gives up one that is not', () => {
    const { runner, started, ended } = setUp()
    runner.want([a, b], undefined)
    runner.want([b, a], undefined)
    expect([started, ended()]).toEqual([['a'], 0])
    runner.want([b, c], undefined)
    expect([started, ended()]).toEqual([['a', 'b'], 1])
  })

  it('runs what somebody has opened first', () => {
    const { runner, started, answer } = setUp()
    runner.want([a, b, c], undefined)
    runner.want([a, b, c], c)
    answer()
    answer()
    expect(started).toEqual(['a', 'c', 'a', 'b'])
  })

  it('stops and goes on', () => {
    const { runner, started, ended } = setUp()
    runner.want([a, b], undefined)
    runner.stop()
    expect([runner.stopped, runner.running, ended()]).toEqual([true, undefined, 1])
    runner.resume()
    expect(started).toEqual(['a', 'a'])
  })
})
