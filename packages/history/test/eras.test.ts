/**
 * Which driver each kernel shipped, and with which callbacks: where none is asked for, a policy gets the era that its kernel had, and
 * whatever it never had is said to be so. The lists are from a search of the sources of those kernels for users of each callback.
 */
import { buildNamed, createLab, strangers } from '@mmulab/compare'
import { nameOf } from '@mmulab/core'
import { standard } from '@mmulab/standard'
import { describe, expect, it } from 'vitest'
import { traitsOf } from '../src/pairs/expected.ts'

const lab = createLab(standard)
const minor = (major: number, from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => `${major}.${from + i}`)
const RELEASES = [...minor(4, 6, 20), ...minor(5, 0, 19), ...minor(6, 0, 19), ...minor(7, 0, 3)]
const NAMES = [...new Set(standard.drivers.map((d) => d.name))]
const WORDS = 'a pairing that never shipped'

const number = (v = ''): number => {
  const [major = 0, minor = 0] = v.split('.').map(Number)
  return major * 100 + minor
}

/** Whether the era that is taken for a kernel is one that it had. */
const has = (version: string, name: string): boolean => {
  const policy = lab.policy(`mainline@${version}`)
  return strangers(policy, [lab.driver(name, policy)]).length === 0
}

describe('under every kernel', () => {
  it.each(RELEASES)(
    '%s each driver is of the era that it shipped, or is said to be a stranger',
    (version) => {
      const policy = lab.policy(`mainline@${version}`)
      for (const name of NAMES) {
        const eras = standard.drivers.filter((d) => d.name === name)
        const own = eras.filter(
          ({ kernel }) =>
            !kernel ||
            (number(kernel.since) <= number(version) && number(version) <= number(kernel.until)),
        )
        const taken = lab.driver(name, policy)
        expect([name, own.length <= 1]).toEqual([name, true])
        const said = strangers(policy, [taken])
        if (own[0]) expect([nameOf(taken), said]).toEqual([nameOf(own[0]), []])
        else expect(said).toEqual([`${nameOf(taken)} with kernel ${version}: ${WORDS}`])
      }
    },
  )

  it('and the cell says so', () => {
    const said = (policy: string, driver: string): readonly string[] =>
      strangers(
        buildNamed(lab, { policy, drivers: [driver], scenario: 'oom-reap', size: 'small' }).policy,
        [lab.driver(driver, lab.policy(policy))],
      )
    expect(said('mainline@5.3', 'vhost')).toEqual([])
    expect(said('mainline@5.4', 'vhost')).toEqual([`vhost@5.3-rc with kernel 5.4: ${WORDS}`])
    expect(said('mainline@7.3', 'gru')).toEqual([`gru@4.17 with kernel 7.3: ${WORDS}`])
  })

  it('no driver goes and comes again, but amdgpu: in between it is hmm-mirror~amdgpu', () => {
    const gaps = NAMES.flatMap((name) => {
      const with_ = RELEASES.map((v) => has(v, name))
      const [from, to] = [with_.indexOf(true), with_.lastIndexOf(true)]
      return RELEASES.slice(from, to + 1)
        .filter((_, i) => !with_[from + i])
        .map((v) => `${name} ${v}`)
    })
    expect(gaps).toEqual(['amdgpu 5.2', 'amdgpu 5.3', 'amdgpu 5.4'])
  })
})

describe('who has which callback', () => {
  const those = (version: string, which: (t: ReturnType<typeof traitsOf>) => boolean): string[] =>
    NAMES.filter(
      (name) => has(version, name) && which(traitsOf(lab.driver(name, `${version}`))),
    ).sort()

  it.each<[string, string]>([
    ['4.17', 'amdgpu gntdev gru hfi1 hmm-mirror i915-userptr kvm radeon rdma-odp scif'],
    ['5.0', 'amdgpu gntdev gru hfi1 hmm-mirror i915-userptr kvm radeon rdma-odp scif'],
    ['5.3', 'gntdev gru hfi1 hmm-mirror i915-userptr kvm radeon rdma-odp scif vhost'],
    ['5.4', 'gntdev gru hfi1 hmm-mirror i915-userptr kvm radeon rdma-odp scif'],
    ['5.7', 'gru hfi1 i915-userptr kvm nouveau-svm scif'],
    ['5.10', 'gru hfi1 i915-userptr kvm nouveau-svm'],
    ['5.14', 'gru hfi1 kvm nouveau-svm'],
    ['7.2', 'gru hfi1 kvm nouveau-svm'],
    ['7.3', 'hfi1 kvm nouveau-svm'],
  ])('a start on the list in %s: %s', (version, names) => {
    expect(those(version, (t) => t.list !== 'none').join(' ')).toBe(names)
  })

  it.each<[string, string]>([
    ['4.17', 'amdgpu gru hmm-mirror kvm rdma-odp scif'],
    ['5.4', 'gru hmm-mirror kvm rdma-odp scif'],
    ['5.7', 'gru kvm scif'],
    ['5.10', 'gru kvm'],
    ['7.2', 'gru kvm'],
    ['7.3', 'kvm'],
  ])('an end on the list in %s: %s', (version, names) => {
    const ends = those(version, (t) => t.list === 'paired' || t.list === 'unpaired')
    expect(ends.join(' ')).toBe(names)
  })

  it.each<[string, string]>([
    ['5.4', ''],
    ['6.1', 'amdgpu amdkfd gntdev i915-userptr nouveau-svm radeon rdma-odp test-hmm'],
    ['6.12', 'amdgpu amdkfd gntdev i915-userptr nouveau-svm radeon rdma-odp test-hmm xe'],
  ])('an interval in %s: %s', (version, names) => {
    expect(those(version, (t) => t.interval).join(' ')).toBe(names)
  })
})

describe('what each driver says of itself', () => {
  const facts = (name: string): (string | boolean)[] => {
    const driver = lab.driver(name)
    const { refuses, list, interval } = traitsOf(driver)
    const policy = driver.interval ? 'mainline@5.5' : 'mainline@4.19'
    const cell = buildNamed(lab, { policy, drivers: [name], scenario: 'dontneed', size: 'small' })
    const coherent = cell.world.notClaimed?.coherence === undefined
    return [refuses, interval && list === 'none' ? 'interval' : list, driver.pins, coherent]
  }

  // [driver, refuses what may not be blocked, what it is on the list, pins its pages, claims coherence]
  it.each<[string, string, string, boolean, boolean]>([
    ['kvm@5.11', 'never', 'paired', false, true],
    ['kvm@5.12', 'never', 'paired', false, true],
    ['kvm@5.15', 'never', 'paired', false, true],
    ['kvm@6.1', 'never', 'paired', false, true],
    ['rdma-odp@4.19', 'sometimes', 'paired', false, true],
    ['rdma-odp@4.20', 'sometimes', 'paired', false, true],
    ['rdma-odp@5.3', 'sometimes', 'paired', false, true],
    ['rdma-odp@5.5', 'always', 'interval', false, true],
    ['i915-userptr@4.19', 'sometimes', 'start', true, true],
    ['i915-userptr@5.x', 'sometimes', 'start', true, true],
    ['i915-userptr@5.13', 'always', 'interval', true, true],
    ['i915-userptr@6.12', 'never', 'interval', true, false],
    ['hmm-mirror@4.19', 'never', 'unpaired', false, true],
    ['hmm-mirror@4.20', 'sometimes', 'unpaired', false, true],
    ['hmm-mirror@5.2', 'sometimes', 'paired', false, true],
    ['hmm-mirror@5.3', 'sometimes', 'paired', false, true],
    ['amdgpu@4.19', 'sometimes', 'paired', true, true],
    ['amdgpu@5.5', 'always', 'interval', false, true],
    ['amdkfd@5.5', 'always', 'interval', false, true],
    ['amdkfd@6.2', 'always', 'interval', false, true],
    ['nouveau-svm@5.7', 'always', 'start', false, true],
    ['gru@4.17', 'never', 'paired', false, true],
    ['vhost@5.3-rc', 'always', 'paired', false, true],
    ['hfi1@4.17', 'never', 'start', true, false],
  ])('%s: refuses %s, %s, pins %s, coherent %s', (name, ...said) => {
    expect(facts(name)).toEqual(said)
  })

  it('and every era that is named exists', () => {
    expect(standard.drivers.map(nameOf)).toEqual(
      expect.arrayContaining([
        ...['gntdev@4.19', 'gntdev@5.5', 'radeon@4.19', 'radeon@5.5', 'test-hmm@5.8'],
        ...['xe@6.12', 'xe@7.2', 'iommu-sva@5.9', 'scif@4.17', 'sgx@5.11', 'sgx@5.12'],
      ]),
    )
  })
})
