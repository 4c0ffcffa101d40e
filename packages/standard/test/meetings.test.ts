/** Every path of the mm beside every activity of a driver. */
import { isCell } from '@mmulab/compare'
import { type Bounds, SIZES } from '@mmulab/core'
import { allPaths, MEETINGS } from '@mmulab/scenarios'
import { describe, expect, it } from 'vitest'
import { broken, explore, lab } from './lab.ts'

const ALL = [...lab.scenarios, ...(lab.furtherScenarios ?? [])]
/** What the contexts that do not reclaim have to say was said in contexts.test.ts. */
const FURTHER = (lab.furtherScenarios ?? []).filter((s) => !/^alloc-/.test(s.name))

describe('the product', () => {
  it('is whole: each path alone beside drivers in use, and with each activity', () => {
    const names = new Set(ALL.map((s) => s.name))
    for (const path of allPaths) {
      expect(names).toContain(path.name)
      for (const meeting of MEETINGS) expect(names).toContain(`${path.name}-${meeting}`)
    }
  })

  /** Where there are two names the kernel has two ways. */
  it.each([
    ['munmap()', ['munmap']],
    ['exit_mmap()', ['exit', 'exit-mm', 'oom-reap-exit']],
    ['MADV_DONTNEED', ['dontneed']],
    ['MADV_FREE', ['madvise-free']],
    ['truncation and holes', ['hole-punch']],
    ['mprotect()', ['mprotect']],
    ['NUMA hinting', ['numa']],
    ['fork()', ['fork']],
    ['copy on write', ['cow']],
    ['a huge page split', ['thp-split']],
    ['khugepaged', ['collapse', 'collapse-file']],
    ['KSM', ['ksm']],
    ['mremap()', ['mremap']],
    ['migration', ['migrate', 'migrate-huge']],
    ['direct reclaim', ['alloc-kernel', 'pin-reclaim']],
    ['kswapd', ['reclaim']],
    ['memory failure', ['memory-failure']],
    ['the OOM reaper', ['oom-reap', 'oom-reap-faults']],
    ['process_mrelease()', ['mrelease']],
  ])('has %s', (_, scenarios) => {
    for (const name of scenarios) expect(ALL.map((s) => s.name)).toContain(name)
  })

  it('is explained in a sentence each', () => {
    const titles = ALL.map((s) => s.title)
    expect(new Set(titles).size).toBe(titles.length)
    for (const title of titles) expect(title).toMatch(/^\S.{20,}[^.]$/)
  })

  it('grows with the size', () => {
    const sizeOf = (b: Bounds): number =>
      b.vmas * b.pagesPerVma + b.sections + b.faults + b.sparePages + b.shortages + b.reapAttempts
    for (const { name, sizes } of ALL) {
      const [small = 0, medium = 0, large = 0] = SIZES.map((size) => sizeOf(sizes[size]))
      expect([name, small < medium, medium <= large]).toEqual([name, true, true])
    }
  })
})

describe('a driver that keeps every promise keeps them in all of it', () => {
  it.each([
    ['mainline@6.6', 'test-hmm'],
    ['mainline@5.4', 'kvm'],
  ])(
    'under %s: %s',
    (policy, drivers) => {
      const asked = FURTHER.filter((s) =>
        isCell(lab, { policy, drivers: [drivers], scenario: s.name }),
      )
      expect(asked.length).toBeGreaterThan(35)
      for (const { name } of asked) {
        // Before 6.1 nobody is told (move.test.ts).
        if (policy === 'mainline@5.4' && /^collapse-file/.test(name)) continue
        expect([name, broken(explore(policy, drivers, name))]).toEqual([name, []])
      }
    },
    120_000,
  )
})

describe('two drivers that never refuse', () => {
  /** Larger ones are left out, and those in which a section may not block. */
  const asked = allPaths.filter((p) => !/^(fork|ksm|alloc-.*|oom-reap|mrelease)$/.test(p.name))
  it.each([
    ['mainline@5.5', 'test-hmm+test-hmm'],
    ['mainline@7.2', 'test-hmm+test-hmm'],
    ['mainline@5.5', 'gru+kvm'],
  ])(
    'keep every promise on every path under %s: %s',
    (policy, drivers) => {
      const told = lab.policy(policy).facts.collapseNotifies
      for (const { name } of asked)
        if (name !== 'collapse-file' || told)
          expect([name, broken(explore(policy, drivers, name))]).toEqual([name, []])
    },
    120_000,
  )
})
