import { buildNamed } from '@mmulab/compare'
import { LabError } from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import { lab } from './lab.ts'

const errorOf = (f: () => unknown): LabError => {
  try {
    f()
  } catch (e) {
    if (e instanceof LabError) return e
    throw e
  }
  throw new Error('nothing was thrown')
}

describe('names of policies', () => {
  it.each([
    ['mainline@4.20', 'mainline@4.19'],
    ['mainline@4.13', 'mainline@4.6'],
    ['mainline@4.15', 'mainline@4.14'],
    ['mainline@4.18', 'mainline@4.16'],
    ['mainline@5.3', 'mainline@5.0'],
    ['mainline@5.8', 'mainline@5.5'],
    ['mainline@5.11', 'mainline@5.11'],
    ['mainline@6.1', 'mainline@5.12'],
    ['mainline@7.0', 'mainline@6.6'],
    ['mainline@7.3', 'mainline@7.2'],
    ['mainline@5.8+mayfail', 'mainline@5.5+mayfail'],
    ['mainline@5.4+unwind-on-fail+mayfail', 'mainline@5.4+unwind-on-fail+mayfail'],
  ])('%s resolves to %s', (name, resolved) => {
    expect(lab.policy(name)).toMatchObject({ name, resolved })
  })

  it.each([
    ['mainline@5.3', 'list walk of 4.19'],
    ['mainline@5.8', 'list walk of 5.4'],
    ['mainline@5.11', 'list walk of 5.4'],
    ['mainline@6.6', 'list walk of 5.12'],
    ['mainline@7.3', 'list walk of 5.12'],
  ])('%s says that it has the %s', (name, words) => {
    expect(lab.policy(name).title).toContain(words)
  })

  it('says what was not read', () => {
    expect(lab.policy('mainline@4.6').notCovered).toEqual([])
    expect(lab.policy('mainline@5.12').notCovered).toEqual([])
    expect(lab.policy('mainline@7.1').notCovered.join()).toContain('not read')
  })

  it('refuses interval notifiers before 5.5', () => {
    const cell = (policy: string) => () =>
      buildNamed(lab, { policy, drivers: ['test-hmm'], scenario: 'dontneed', size: 'small' })
    const e = errorOf(cell('mainline@5.4'))
    expect([e.code, e.kind, e.where]).toEqual(['DRIVER_NEEDS_INTERVAL', 'usage', 'test-hmm'])
    expect(cell('mainline@5.5')().world.name).toContain('mainline@5.5 test-hmm')
  })

  it.each([
    ['manline@5.4', 'UNKNOWN_POLICY', 'mainline@5.4'],
    ['mainline', 'VERSION_MISSING', 'mainline@4.19'],
    ['mainline@3.10', 'UNKNOWN_VERSION', 'mainline@4.19'],
    ['mainline@5.20', 'UNKNOWN_VERSION', 'mainline@4.19'],
    ['mainline@5.4+unwind', 'UNKNOWN_PATCH', 'unwind-on-fail'],
  ])('%s is refused with %s and a known name', (name, code, known) => {
    const e = errorOf(() => lab.policy(name))
    expect([e.code, e.kind, e.known.includes(known)]).toEqual([code, 'usage', true])
    expect(e.hint).toBeTruthy()
  })

  it.each([
    ['mainline@5.12+unwind-on-fail', 'unwinds already'],
    ['mainline@4.19+mayfail', 'no flags'],
    ['mainline@4.16+unwind-on-fail', 'no answer'],
    ['mainline@5.4+unwind-on-fail+unwind-on-fail', 'unwinds already'],
  ])('%s does not apply: %s', (name, why) => {
    const e = errorOf(() => lab.policy(name))
    expect(e.code).toBe('PATCH_DOES_NOT_APPLY')
    expect(e.message).toContain(why)
    expect(e.hint).toContain('mainline@')
  })
})

describe('names of drivers and scenarios', () => {
  it('takes eras and variants', () => {
    expect(lab.driver('kvm@5.11').name).toBe('kvm')
    expect(lab.driver('i915-userptr~unpinned').pins).toBe(false)
    expect(lab.driverSet('kvm+i915-userptr').map((d) => d.name)).toEqual(['kvm', 'i915-userptr'])
  })
  it.each([
    ['kvn', 'UNKNOWN_DRIVER', 'kvm'],
    ['kvm@5.1', 'UNKNOWN_ERA', 'kvm@5.11'],
    ['i915-userptr~pinless', 'UNKNOWN_VARIANT', 'i915-userptr~unpinned'],
  ])('%s is refused with %s', (name, code, known) => {
    const e = errorOf(() => lab.driver(name))
    expect([e.code, e.known[0]]).toEqual([code, known])
  })
  it('an unknown scenario gets the nearest first', () => {
    const e = errorOf(() => lab.scenario('oom-reep'))
    expect([e.code, e.known[0]]).toEqual(['UNKNOWN_SCENARIO', 'oom-reap'])
  })
})
