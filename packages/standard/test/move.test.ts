/** Paths that put a page in another one's place, or in another place, or out of use. */
import { COLLAPSED, PAGE_MOVED } from '@mmulab/core'
import { describe, expect, it } from 'vitest'
import { broken, canHappen, explore, toyLab } from './lab.ts'

const PATHS = ['migrate', 'migrate-huge', 'memory-failure', 'mremap', 'collapse'] as const

const verdict = (
  policy: string,
  drivers: string,
  scenario: string,
  size: 'small' | 'medium' = 'small',
) => broken(explore(policy, drivers, scenario, size, toyLab))

describe('drivers that keep every promise', () => {
  it.each([
    ['mainline@4.19', 'kvm'],
    ['mainline@5.4', 'i915-userptr'],
    ['mainline@5.15', 'test-hmm'],
    ['mainline@6.6', 'test-hmm'],
  ])('under %s: %s', (policy, drivers) => {
    for (const s of PATHS) {
      expect([s, verdict(policy, drivers, s)]).toEqual([s, []])
      const { result } = explore(policy, drivers, s, 'small', toyLab)
      expect(result.sometimes.filter((x) => !x.reached)).toEqual([])
    }
  })
})

describe('khugepaged over a file', () => {
  it.each(['kvm@5.12', 'test-hmm'])(
    'tells nobody before 6.1, so that %s maps pages that reclaim frees unseen',
    (drivers) => {
      expect(verdict('mainline@6.0', drivers, 'collapse-file')).toEqual(['memory', 'coherence'])
      expect(verdict('mainline@6.1', drivers, 'collapse-file')).toEqual([])
    },
  )
  it('costs a driver that pins its pages coherence, and nothing worse', () => {
    expect(verdict('mainline@5.4', 'i915-userptr', 'collapse-file')).toEqual(['coherence'])
  })
  it('came with 5.4', () => {
    expect(() => verdict('mainline@5.3', 'kvm', 'collapse-file')).toThrow('before 5.4')
  })
})

describe('a page that a driver pins', () => {
  it.each([
    ['migrate', PAGE_MOVED],
    ['migrate-huge', PAGE_MOVED],
    ['collapse', COLLAPSED],
  ])('stays where it is: %s looks at references once the entry is gone', (path, mark) => {
    for (const [drivers, moves] of [
      ['deaf-to-clear', true],
      ['deaf-and-pins', false],
    ] as const)
      expect([drivers, canHappen('mainline@5.15', drivers, path, mark)]).toEqual([drivers, moves])
    expect(verdict('mainline@5.15', 'deaf-to-clear', path)).toEqual(['memory', 'coherence'])
    expect(verdict('mainline@5.15', 'deaf-and-pins', path)).toEqual(['coherence'])
  })
})

describe('memory failure', () => {
  it('unmaps what reclaim would leave alone', () => {
    const { result } = explore('mainline@5.12', 'deaf-and-pins', 'reclaim', 'small', toyLab)
    expect(result.sometimes.map((s) => s.reached)).toEqual([false])
    expect(verdict('mainline@5.12', 'deaf-and-pins', 'memory-failure')).toEqual(['coherence'])
  })
  it('cannot be refused: under MAYFAIL a device is left on the lost page', () => {
    expect(verdict('mainline@5.8', 'i915-userptr', 'memory-failure')).toEqual([])
    expect(verdict('mainline@5.8+mayfail', 'i915-userptr', 'memory-failure')).toEqual(['coherence'])
    expect(verdict('mainline@5.8+mayfail', 'i915-userptr', 'migrate')).toEqual(['coherence'])
  })
})

describe('mremap()', () => {
  it('may take the rmap locks inside its section: a driver that holds a lock until its end waits in a ring', () => {
    const report = explore('mainline@5.3', 'rdma-odp', 'mremap-register', 'medium')
    expect(broken(report)).toEqual(['deadlock', 'progress', 'lock-order'])
    const tasks = report.result.claims.deadlock.waitFor?.map((w) => w.task)
    expect(new Set(tasks)).toEqual(new Set(['mremap', 'reg_mr', 'kswapd0']))
  })
  it('is no trouble for those that count', () => {
    expect(verdict('mainline@5.15', 'test-hmm', 'mremap-register', 'medium')).toEqual([])
  })
})

describe('a callback that takes mmap_lock', () => {
  const deadlocks = (policy: string, scenario: string): boolean =>
    explore(policy, 'takes-mmap-lock', scenario, 'small', toyLab).result.claims.deadlock.verdict ===
    'violated'
  it('waits for its own task where that holds it for write', () => {
    for (const s of ['fork', 'mprotect', 'mremap', 'collapse', 'collapse-file'])
      expect([s, deadlocks('mainline@6.1', s)]).toEqual([s, true])
    expect(deadlocks('mainline@4.19', 'munmap')).toBe(true)
  })
  it('does not where nobody holds it', () => {
    for (const s of ['reclaim', 'migrate', 'memory-failure', 'hole-punch'])
      expect([s, deadlocks('mainline@6.1', s)]).toEqual([s, false])
  })
})
