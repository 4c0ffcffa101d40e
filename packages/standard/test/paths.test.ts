/** Sections under other locks, inside one another, and from user space. */
import { describe, expect, it } from 'vitest'
import { broken, explore } from './lab.ts'

const verdict = (policy: string, drivers: string, scenario: string) =>
  broken(explore(policy, drivers, scenario))

describe('drivers that keep every promise', () => {
  it.each(['kvm', 'i915-userptr', 'test-hmm', 'test-hmm+kvm'])(
    '%s, in sections of every kind',
    (drivers) => {
      for (const s of ['hole-punch', 'cow', 'thp-split', 'mrelease'])
        expect([s, verdict('mainline@5.15', drivers, s)]).toEqual([s, []])
    },
  )
  it.each(['mainline@4.19', 'mainline@5.4', 'mainline@7.2'])('KVM under %s', (policy) => {
    for (const s of ['hole-punch', 'cow', 'thp-split'])
      expect([s, verdict(policy, 'kvm', s)]).toEqual([s, []])
  })
})

describe('a hole in a file', () => {
  it('is a section that mmap_lock does not keep out of the look-up of HMM; munmap is', () => {
    expect(verdict('mainline@5.4', 'hmm-mirror', 'munmap')).toEqual([])
    expect(verdict('mainline@5.4', 'hmm-mirror', 'hole-punch')).toEqual(['memory', 'coherence'])
  })
})

describe('a section inside a section of the same task', () => {
  it.each(['mainline@4.20', 'mainline@5.4'])(
    'locks out the reader that holds its lock already, once a writer waits: %s',
    (policy) => {
      const report = explore(policy, 'rdma-odp@4.20', 'thp-split-register')
      expect(broken(report)).toEqual(['deadlock', 'progress', 'lock-order'])
      const tasks = report.result.claims.deadlock.waitFor?.map((w) => w.task)
      expect(new Set(tasks)).toEqual(new Set(['madvise', 'reg_mr']))
    },
  )
  it.each(['hmm-mirror', 'test-hmm'])('is no trouble for those that count: %s', (drivers) => {
    expect(verdict('mainline@5.15', drivers, 'thp-split-register')).toEqual([])
  })
})

describe('lockdep and a lock that is held from start to end', () => {
  it('sees a ring from 5.4 on: start takes the lock inside the map, end takes the map inside the lock', () => {
    expect(verdict('mainline@5.3', 'rdma-odp@4.20', 'munmap')).toEqual([])
    expect(verdict('mainline@5.4', 'rdma-odp@4.20', 'munmap')).toEqual(['lock-order'])
  })
})

describe('process_mrelease()', () => {
  it('is the second to open sections that may not block', () => {
    expect(verdict('mainline@5.15', 'kvm+i915-userptr@5.x', 'mrelease')).toEqual([])
    expect(verdict('mainline@5.15', 'test-hmm+i915-userptr@5.x', 'mrelease')).toEqual([
      'balance',
      'progress',
    ])
  })
  it('came with 5.15', () => {
    expect(() => explore('mainline@5.14', 'kvm', 'mrelease')).toThrow('came with 5.15')
  })
})
