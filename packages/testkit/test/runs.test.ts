/** What is seen of one world and not of another, on graphs small enough to be drawn. */
import { describe, expect, it } from 'vitest'
import { freshWay, shortestWay } from '../src/mutants/runs.ts'
import type { Shown } from '../src/mutants/stuttering.ts'

/** `shows`: by state; `moves`: pairs of states, in the order of the first. */
function graph(shows: string, ...moves: readonly string[]): Shown {
  const pairs = moves.map((m) => [...m].map(Number) as [number, number])
  const states = shows.length
  return {
    states,
    shows: [...shows].map((c) => c.charCodeAt(0)),
    first: Array.from({ length: states + 1 }, (_, s) => pairs.filter(([from]) => from < s).length),
    target: pairs.map(([, to]) => to),
  }
}

describe('runs as others see them', () => {
  const known = graph('aabc', '01', '12', '13')

  it('steps that show nothing, and branches taken earlier, are not seen', () => {
    const sooner = graph('aabc', '01', '02', '13')
    expect(freshWay(known, sooner)).toBeUndefined()
    expect(freshWay(sooner, known)).toBeUndefined()
  })

  it('what cannot be seen of the other is found with its way', () => {
    const more = graph('aabcc', '01', '12', '13', '24')
    expect(freshWay(known, more)).toEqual([0, 1, 3])
    expect(freshWay(more, known)).toBeUndefined()
  })

  it('the same states in another order are another run', () => {
    const other = graph('acb', '01', '12')
    expect(freshWay(graph('abc', '01', '12'), other)).toEqual([0])
  })

  it('a first state that shows something else needs no move', () => {
    expect(freshWay(known, graph('b'))).toEqual([])
  })

  it('only what is asked for counts, with the states in which the other can be by then', () => {
    const more = graph('aabcc', '01', '12', '13', '24')
    const asked: number[][] = []
    const way = freshWay(known, more, (_from, _to, states) => {
      asked.push([...states])
      return false
    })
    expect([way, asked]).toEqual([undefined, [[2]]])
  })

  it('a shortest way to a move of interest', () => {
    expect(shortestWay(known, (_, to) => to === 3)).toEqual([0, 2])
    expect(shortestWay(known, (_, to) => to === 0)).toBeUndefined()
  })
})
