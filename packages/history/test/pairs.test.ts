/** A sample of the table of pairs; the whole is `mmulab pairs`, which ends with 10 if anything in it is unexplained or stale. */
import { createLab } from '@mmulab/compare'
import { nameOf } from '@mmulab/core'
import { standard } from '@mmulab/standard'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  allPairs,
  EXPLANATIONS,
  type Explanation,
  judgePairs,
  type Pair,
  pairName,
  runPairs,
} from '../src/index.ts'
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

  it('it is known what to expect of every driver', () => {
    for (const driver of standard.drivers) expect(traitsOf(driver)).toBeDefined()
    expect(() => traitsOf({ ...standard.drivers[0], name: 'new' } as never)).toThrow(/new@/)
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
