import { describe, expect, it } from 'vitest'
import { panReader, sameCounts } from '../src/pan.ts'

describe('the reader of what pan says', () => {
  const OUTPUT = `pan:1: assertion violated  !(broken_balance) (at depth 30)
pan:2: invalid end state (at depth 31)
     1042 states, stored
      969 states, matched
     2011 transitions (= stored+matched)
    0.500	actual memory usage for states
    2.000	memory used for hash table (-w18)
`
  it('reads it in any portions', () => {
    for (const size of [1, 7, 10_000]) {
      const reader = panReader()
      for (let i = 0; i < OUTPUT.length; i += size) reader.read(OUTPUT.slice(i, i + size))
      expect(reader.report()).toEqual({
        states: 1042,
        transitions: 2010,
        broken: new Set(['broken_balance']),
        stuck: true,
        truncated: false,
        bytes: 2.5 * 2 ** 20,
      })
    }
  })

  it('takes nothing else for a report, and sees what was cut short', () => {
    const reader = panReader()
    reader.read('Segmentation fault\n')
    expect(reader.report()).toBe(undefined)
    reader.read(`error: max search depth too small\n${OUTPUT}`)
    expect(reader.report()?.truncated).toBe(true)
  })
})

describe('counts beside those of SPIN', () => {
  it('are the same if eight digits are', () => {
    const ours = { states: 318_642_928, transitions: 1_204_558_749 }
    const spin = { states: 3.1864293e8, transitions: 1.2045588e9 - 1 }
    expect(sameCounts(ours, spin)).toBe(true)
    expect(sameCounts({ ...ours, states: 318_642_924 }, spin)).toBe(false)
    expect(sameCounts({ ...ours, transitions: 1_204_558_700 }, spin)).toBe(false)
  })

  it('are the same to the last digit where all are printed', () => {
    const ours = { states: 1042, transitions: 2010 }
    expect(sameCounts(ours, ours)).toBe(true)
    expect(sameCounts(ours, { ...ours, states: 1043 })).toBe(false)
    expect(sameCounts(ours, { ...ours, transitions: 2011 })).toBe(false)
  })

  it('go by the digits as pan prints them', () => {
    const reader = panReader()
    reader.read('3.1864293e+08 states, stored\n1.2045588e+09 transitions (= stored+matched)\n')
    const report = reader.report()
    const ours = { states: 318_642_928, transitions: 1_204_558_749 }
    expect(report && sameCounts(ours, report)).toBe(true)
    expect(report && sameCounts({ ...ours, states: 318_642_924 }, report)).toBe(false)
  })
})
