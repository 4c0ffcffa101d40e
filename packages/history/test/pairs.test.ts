/** A sample of the table of pairs; the whole is `mmulab pairs`, which ends with 10 if anything in it is unexplained or stale. */
import { link } from '@mmulab/checker'
import { buildNamed, createLab, isCell } from '@mmulab/compare'
import { nameOf } from '@mmulab/core'
import { standard } from '@mmulab/standard'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  allPairs,
  answerOf,
  CASES,
  EXPLANATIONS,
  type Explanation,
  expecting,
  exploreRow,
  judgePairs,
  type Kind,
  type Pair,
  pairName,
  runPairs,
} from '../src/index.ts'
import { SCENARIOS } from '../src/pairs/asked.ts'
import { traitsOf } from '../src/pairs/expected.ts'

const lab = createLab(standard)
const all = allPairs(lab)

function run(drivers: readonly string[], versions: readonly string[]): Pair[] {
  const slices = runPairs(lab, { drivers, versions })
  for (let step = slices.next(); ; step = slices.next()) if (step.done) return step.value
}

describe('what is asked', () => {
  it('every driver that ships, and every kernel since 4.19 with which something changes', () => {
    expect(all.drivers).toEqual([...new Set(standard.drivers.map((d) => d.name))])
    expect(all.versions[0]).toBe('4.19')
    for (const { kernel } of standard.drivers)
      if (kernel && Number(kernel.since.split('.')[0]) >= 5)
        expect(all.versions).toContain(kernel.since)
  })

  it('every kernel in between has the same worlds as the one before', () => {
    const minor = (major: number, from: number, to: number): string[] =>
      Array.from({ length: to - from + 1 }, (_, i) => `${major}.${from + i}`)
    const releases = [
      ...minor(4, 19, 20),
      ...minor(5, 0, 19),
      ...minor(6, 0, 19),
      ...minor(7, 0, 3),
    ]
    const worldsOf = (version: string, drivers: string[]): string[] =>
      Object.values(SCENARIOS)
        .flat()
        .map((scenario) => ({ policy: `mainline@${version}`, drivers, scenario }))
        .filter((name) => isCell(lab, name))
        .map((name) => link(buildNamed(lab, { ...name, size: 'small' }).world).fingerprint)
    for (const two of [['gru'], ['i915-userptr', 'amdgpu']]) {
      let before: string[] = []
      for (const version of releases) {
        const drivers = two.map((d) => nameOf(lab.driver(d, version)))
        const worlds = worldsOf(version, drivers)
        if (!all.versions.includes(version)) expect([version, worlds]).toEqual([version, before])
        before = worlds
      }
    }
  })

  it('it is known what to expect of every driver', () => {
    for (const driver of standard.drivers) expect(traitsOf(driver)).toBeDefined()
    expect(() => traitsOf({ ...standard.drivers[0], name: 'new' } as never)).toThrow(/new@/)
  })
})

describe('what is explored with reductions, and what is just small enough for none', () => {
  // [drivers, kernel, kind, what there is to say, whether reductions come on]
  it.each<[string, string, Kind, string, boolean]>([
    ['kvm+kvm', '7.2', 'oom', 'as expected', true],
    ['kvm+gru', '7.2', 'blockable', 'as expected', true],
    ['kvm+i915-userptr', '6.9', 'oom', 'as expected', true],
    ['hmm-mirror+hmm-mirror', '5.1', 'oom', 'explained', true],
    ['rdma-odp+hmm-mirror', '4.19', 'blockable', 'explained', false],
    ['kvm+radeon', '7.2', 'blockable', 'explained', true],
    ['nouveau-svm+nouveau-svm', '7.2', 'oom', 'as expected', true],
  ])('%s under %s while %s', (names, version, kind, standing, large) => {
    const slices = exploreRow(lab, { version, kind, two: names.split('+') }, new Map())
    let step = slices.next()
    while (!step.done) step = slices.next()
    const row = step.value
    if (!row) throw new Error('no cell')
    expect(row.unfinished).toEqual([])
    expect(row.reduced.length > 0).toBe(large)
    expect(answerOf(expecting(lab, row)).standing).toBe(standing)
  })
})

describe('a sample', () => {
  let pairs: Pair[] = []
  beforeAll(() => {
    pairs = run(['i915-userptr', 'hmm-mirror', 'gru'], ['4.19', '4.20', '5.3', '5.12'])
  }, 300_000)
  const find = (version: string, names: string, kind: Pair['kind']): Pair => {
    const found = pairs.find(
      (p) => p.version === version && p.kind === kind && pairName(p).startsWith(names),
    )
    if (!found) throw new Error(`no pair ${names} under ${version}`)
    return found
  }

  it('whatever differs is explained, and no explanation is stale', () => {
    const { unexplained, stale } = judgePairs(pairs)
    expect(unexplained.map((u) => [u.pair.version, pairName(u.pair), u.difference])).toEqual([])
    expect(stale).toEqual([])
    expect(pairs.filter((p) => p.differs.length > 0).length).toBeGreaterThan(10)
  })

  it('every row has one standing, and whatever is broken has a reason', () => {
    for (const p of pairs) {
      const { standing, reasons } = answerOf(p)
      expect(['as expected', 'explained', 'never shipped']).toContain(standing)
      if (p.broken.size > 0 && standing !== 'never shipped') expect(reasons).not.toEqual([])
    }
    const first = find('4.19', 'i915-userptr@4.19+gru', 'oom')
    expect(answerOf(first).reasons.map((r) => r.number)).toEqual([3])
  })

  it('a row that is not explored to its end is unfinished, and loses no promise by that', () => {
    const p = find('5.12', 'i915-userptr@5.x+gru', 'oom')
    const [cell] = p.unfinished
    expect([cell, answerOf(p).standing]).toEqual([undefined, 'as expected'])
    const row = { ...p, drivers: p.drivers.map(nameOf), broken: [], version: '5.3' }
    expect(expecting(lab, row).differs).toEqual([{ claim: 'balance', got: 'holds' }])
    const name = { policy: 'mainline@5.3', drivers: row.drivers, scenario: 'x', size: 'small' }
    const cut = expecting(lab, { ...row, unfinished: [name as never] })
    expect([cut.differs, answerOf(cut).standing]).toEqual([[], 'unfinished'])
  })

  it('known bugs have the numbers that they have in the history', () => {
    const numbers = new Set(CASES.flatMap((c) => c.number ?? []))
    for (const { id, why, number } of EXPLANATIONS)
      if (why === 'known bug') expect([id, numbers.has(number ?? 0)]).toEqual([id, true])
  })

  it('without its explanation a difference is unexplained', () => {
    const { unexplained } = judgePairs(
      pairs,
      EXPLANATIONS.filter((e) => e.id !== 'hmm-mark-without-number'),
    )
    expect(unexplained.map((u) => u.difference.claim)).toContain('coherence')
  })

  it('an explanation of nothing is stale', () => {
    const [first] = EXPLANATIONS
    const idle = { ...first, id: 'idle', claims: ['deadlock'] } as Explanation
    expect(judgePairs(pairs, [...EXPLANATIONS, idle]).stale).toEqual([idle])
  })

  it('what breaks as expected is no difference', () => {
    const p = find('5.3', 'i915-userptr@5.x+gru', 'oom')
    expect([p.expected.breaks, p.broken.has('balance'), p.differs]).toEqual([true, true, []])
    const later = find('5.12', 'i915-userptr@5.x+gru', 'oom')
    expect([later.expected.breaks, later.broken.size]).toEqual([false, 0])
  })

  it('a pairing that never shipped says so, and needs no explanation', () => {
    const p = find('5.12', 'i915-userptr@5.x+hmm-mirror@5.3', 'oom')
    expect(p.neverShipped).toEqual([
      'hmm-mirror@5.3 with kernel 5.12: a pairing that never shipped',
    ])
    expect(p.drivers.map(nameOf)).toEqual(['i915-userptr@5.x', 'hmm-mirror@5.3'])
  })
})
