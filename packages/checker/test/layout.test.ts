import { variable } from '@mmulab/model'
import { expect, it } from 'vitest'
import { layOut, maskOf, pack, unpack } from '../src/layout.ts'
import { automaton, end, linkedOf, node } from './build.ts'
import { randomFrom } from './random-world.ts'

const chain = (length: number) =>
  automaton('t', [...Array.from({ length: length - 1 }, (_, i) => node({ to: i + 1 })), end])

it('puts fields of 20, 12, 11, 11 and 10 bits into two full words', () => {
  const widths = [12, 11, 10, 11].map((w) => variable(`v${w}`, { max: 2 ** w - 1 }))
  const wide = { ...variable('wide', { max: 1 }), max: 2 ** 20 - 1 }
  const layout = layOut(linkedOf([chain(1)], [...widths, wide]))
  expect(layout.words).toBe(2)
})

it('stores nothing for what has one value, and no field straddles words', () => {
  const one = variable('one', { min: 3, max: 3, init: 3 })
  const many = Array.from({ length: 9 }, (_, i) => variable(`v${i}`, { max: 100 }))
  const layout = layOut(linkedOf([chain(1), chain(6)], [one, ...many]))
  expect(layout.fieldOf.get(one)?.bits).toBe(0)
  expect(layout.pcs.map((f) => f.bits)).toEqual([0, 3])
  for (const f of [...layout.pcs, ...layout.variables])
    expect(f.shift + f.bits).toBeLessThanOrEqual(32)
  // 9 fields of 7 bits and one of 3: four to a word.
  expect(layout.words).toBe(3)
})

it('gives every field bits of its own', () => {
  const r = randomFrom(7)
  for (let round = 0; round < 200; round++) {
    const variables = Array.from({ length: 1 + r(12) }, (_, i) => {
      const min = 0 - r(5)
      const max = min + r(2 ** r(16))
      return variable(`v${i}`, { min, max, init: min })
    })
    const automata = Array.from({ length: 1 + r(3) }, () => chain(1 + r(70)))
    const linked = linkedOf(automata, variables)
    const layout = layOut(linked)
    const taken = Array.from({ length: layout.words }, () => 0)
    for (const f of [...layout.pcs, ...layout.variables]) {
      expect((taken[f.word] ?? 0) & maskOf(f)).toBe(0)
      taken[f.word] = (taken[f.word] ?? 0) | maskOf(f)
    }
    const pcs = automata.map((a) => r(a.nodes.length))
    const values = variables.map((v) => v.min + r(v.max - v.min + 1))
    expect(unpack(layout, pack(layout, pcs, values))).toEqual({ pcs, values })
  }
})

it('refuses a value that does not fit', () => {
  const v = variable('v', { max: 3 })
  expect(() => pack(layOut(linkedOf([chain(2)], [v])), [0], [4])).toThrow('does not fit')
})
