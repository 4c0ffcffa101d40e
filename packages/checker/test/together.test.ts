// Which ops of two tasks were ever possible in one state, against the plain exploration.
import { ne, not, variable } from '@mmulab/model'
import { expect, it } from 'vitest'
import { check } from '../src/check.ts'
import { explorePlain } from '../src/plain.ts'
import { linkedOf, lock, sequence, unlock } from './build.ts'
import { randomWorld } from './random-world.ts'

it('two sections of one lock never meet inside; what stands before them does', () => {
  const l = variable('lock', { max: 2 })
  const section = (i: number) =>
    sequence(`t${i}`, [{ ...lock(l, i), label: 'lock' }, { label: 'inside' }, unlock(l)])
  const linked = linkedOf([section(0), section(1)], [l])
  const named = linked.automata.map((a) => ({
    ...a,
    nodes: a.nodes.map((n) => ({ ...n, source: n.label === 'inside' ? 'inner' : 'outer' })),
  }))
  const { together } = check({ ...linked, automata: named }, { pairs: true })
  const met = together?.map((t) => [...t.functions, t.together, t.of])
  // lock and lock only: once one is inside, the other waits.
  expect(met).toEqual([
    ['outer', 'outer', 1, 4],
    ['outer', 'inner', 0, 2],
    ['inner', 'outer', 0, 2],
    ['inner', 'inner', 0, 1],
  ])
})

it('says the same as the plain exploration, on random worlds', () => {
  let [yes, no] = [0, 0]
  for (let seed = 1; seed <= 150; seed++) {
    const linked = randomWorld(seed)
    const automata = linked.automata.map((a) => ({
      ...a,
      nodes: a.nodes.map((n, i) => ({ ...n, label: `n${i}`, source: `${a.name} ${i}` })),
    }))
    const world = { ...linked, automata }
    const pairs = new Set<string>()
    for (const { state, moves, exceeded } of explorePlain(world).states.values()) {
      const able = [...new Set([...moves, ...exceeded].map((m) => m.task))]
      for (const a of able)
        for (const b of able) if (a < b) pairs.add(`t${a} ${state.pcs[a]}&t${b} ${state.pcs[b]}`)
    }
    for (const { functions, together } of check(world, { pairs: true }).together ?? []) {
      expect(together, `seed ${seed}, ${functions.join()}`).toBe(
        pairs.has(functions.join('&')) ? 1 : 0,
      )
      if (together) yes++
      else no++
    }
  }
  expect(Math.min(yes, no)).toBeGreaterThan(500)
})

it('is not said of a reduced space, nor where nobody asked', () => {
  const done = variable('done', { max: 1 })
  const linked = linkedOf(
    [sequence('a', [{ guard: not(ne(done, 1)) }, {}]), sequence('b', [{}])],
    [done],
  )
  expect(check(linked).together).toBeUndefined()
  expect(check(linked, { pairs: true }).together).toBeDefined()
  expect(
    check(linked, { pairs: true, reductions: { partialOrder: true } }).together,
  ).toBeUndefined()
})
