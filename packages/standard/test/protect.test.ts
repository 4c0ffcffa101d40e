/** Paths that leave a page where it is: who may write to it is all that changes. */
import { createLab, finish, runCell } from '@mmulab/compare'
import { defineScenario, PAGE_MERGED, registerProcedure, writeFaultProcedure } from '@mmulab/core'
import { task } from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import { standard } from '../src/index.ts'
import { labelsOf, orderOf } from './calls.ts'
import { broken, canHappen, explore, toyLab } from './lab.ts'

const PATHS = [
  'fork',
  'madvise-free',
  'mprotect',
  'numa',
  'ksm',
  'write-back',
  'clear-refs',
] as const

const verdict = (policy: string, drivers: string, scenario: string) =>
  broken(explore(policy, drivers, scenario, 'small', toyLab))

const merges = (drivers: string): boolean => canHappen('mainline@5.15', drivers, 'ksm', PAGE_MERGED)

describe('drivers that keep every promise', () => {
  it.each([
    ['mainline@4.19', 'kvm'],
    ['mainline@5.4', 'i915-userptr'],
    ['mainline@5.15', 'test-hmm'],
    ['mainline@6.6', 'test-hmm'],
  ])('under %s: %s', (policy, drivers) => {
    for (const s of PATHS) {
      const { result } = explore(policy, drivers, s)
      expect([s, verdict(policy, drivers, s)]).toEqual([s, []])
      expect(result.sometimes.filter((x) => !x.reached)).toEqual([])
    }
  })
})

describe('a device that goes on writing', () => {
  it('is seen by fork, mprotect, hints of NUMA balancing and write-back alone, if it listens to every section but theirs', () => {
    for (const s of ['dontneed', 'munmap', 'reclaim', 'cow', 'madvise-free', 'ksm', 'clear-refs'])
      expect([s, verdict('mainline@5.15', 'deaf-to-protection', s)]).toEqual([s, []])
    for (const s of ['fork', 'mprotect', 'numa', 'write-back'])
      expect([s, verdict('mainline@5.15', 'deaf-to-protection', s)]).toEqual([s, ['coherence']])
  })

  it('writes to what a child reads after fork', () => {
    const { coherence } = explore('mainline@5.15', 'deaf-to-protection', 'fork', 'small', toyLab)
      .result.claims
    expect(coherence.message).toContain('where the CPU may only read')
  })

  it('writes to a page that write-back takes for clean, or NUMA balancing and clear_refs for untouched', () => {
    for (const [drivers, s] of [
      ['deaf-to-protection', 'write-back'],
      ['deaf-to-protection', 'numa'],
      ['deaf-to-soft-dirty', 'clear-refs'],
    ] as const) {
      const { coherence } = explore('mainline@5.15', drivers, s, 'small', toyLab).result.claims
      expect([s, coherence.message]).toEqual([
        s,
        expect.stringContaining('which the CPU takes for clean'),
      ])
    }
  })

  it('writes to a page that MADV_FREE lets reclaim drop: lost, though the page is there', () => {
    expect(verdict('mainline@5.15', 'deaf-to-clear', 'dontneed')).toEqual(['memory', 'coherence'])
    expect(verdict('mainline@5.15', 'deaf-to-clear', 'madvise-free')).toEqual(['coherence'])
    const { coherence } = explore('mainline@5.15', 'deaf-to-clear', 'madvise-free', 'small', toyLab)
      .result.claims
    expect(coherence.message).toContain('which the CPU takes for clean')
  })
})

describe('KSM', () => {
  it('leaves a page alone that a driver pins; a reference that is not counted is worse', () => {
    expect(verdict('mainline@5.15', 'deaf-and-pins', 'ksm')).toEqual([])
    expect(merges('deaf-and-pins')).toBe(false)
    expect(merges('deaf-to-clear')).toBe(true)
    expect(verdict('mainline@5.15', 'deaf-to-clear', 'ksm')).toEqual(['memory', 'coherence'])
    // Elsewhere nobody asks for references.
    expect(verdict('mainline@5.15', 'deaf-and-pins', 'cow')).toEqual(['coherence'])
  })
})

describe('registration from 6.4 on', () => {
  const cell = (name: string, keepsVmasOut: boolean) => {
    const bounds = {
      vmas: 1,
      pagesPerVma: 1,
      sparePages: 1,
      reapAttempts: 1,
      sections: 1,
      shortages: 0,
      faults: 1,
    }
    return defineScenario({
      name,
      title: 'a notifier is registered while a page is copied on write',
      sizes: { small: bounds, large: bounds },
      needs: [],
      registersLate: true,
      uses: ['vma-locks'],
      build: ({ kernel }) => {
        const { mm, subscriptions } = kernel
        const [newest] = subscriptions
        if (!newest) throw new Error('nobody registers')
        const vmas = mm.vmas.map((vma) => ({ ...vma, lock: undefined }))
        const register = registerProcedure(keepsVmasOut ? mm : { ...mm, vmas }, newest)
        return {
          tasks: [task('register', register, []), task('write', writeFaultProcedure(kernel), [0])],
          sometimes: [],
        }
      },
    })
  }
  const lab = createLab({
    ...standard,
    furtherScenarios: [cell('with', true), cell('without', false)],
  })
  const verdictOf = (policy: string, scenario: string) =>
    broken(finish(runCell(lab, { policy, drivers: ['kvm@5.11'], scenario, size: 'small' })))

  it('has to lock every VMA: faults of the CPU hold nothing else', () => {
    expect(verdictOf('mainline@6.4', 'with')).toEqual([])
    expect(verdictOf('mainline@6.4', 'without')).toContain('balance')
    // Before, mmap_lock kept them out.
    expect(verdictOf('mainline@6.3', 'without')).toEqual([])
  })
})

describe('NUMA balancing', () => {
  it('only tries mmap_lock, for read, where mprotect() waits for it, for writing', () => {
    const words = [
      'down_read_trylock(&mmap_lock)',
      'down_write(&mmap_lock)',
      'ptep_modify_prot_commit',
    ]
    const [tried = '', locked = '', edit = ''] = words
    const order = (task: string, scenario: string) =>
      orderOf(labelsOf(task, { policy: 'mainline@5.15', drivers: 'kvm', scenario }), words)
    expect(order('numa0', 'numa')).toEqual([tried, edit])
    expect(order('mprotect0', 'mprotect')).toEqual([locked, edit])
  })
})
