import { QUESTION_2019 } from '@mmulab/compare'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatPlace, type Place, parsePlace } from '../src/url.ts'

describe('the address', () => {
  it('is empty for the question of 2019', () => {
    expect(formatPlace({ selection: QUESTION_2019 })).toBe('')
    expect(parsePlace('').selection).toEqual(QUESTION_2019)
  })

  it('can be read and typed', () => {
    const place: Place = {
      selection: { ...QUESTION_2019, policies: ['mainline@5.4+unwind-on-fail'], size: 'large' },
      cell: {
        policy: 'mainline@5.4+unwind-on-fail',
        drivers: ['kvm', 'i915-userptr~unpinned'],
        scenario: 'oom-reap',
        size: 'large',
      },
      claim: 'progress',
      step: 7,
    }
    const text =
      'policies=mainline@5.4+unwind-on-fail&size=large&cell=mainline@5.4+unwind-on-fail/kvm+i915-userptr~unpinned/oom-reap&claim=progress&step=7'
    expect(formatPlace(place)).toBe(text)
    expect(parsePlace(`#${text}`)).toMatchObject(place)
  })

  it('survives whatever is in it', () => {
    expect(parsePlace('#step=-3&size=huge&claim=none&cell=x/y&policies=%E0%A4%A')).toMatchObject({
      selection: { ...QUESTION_2019, policies: ['%E0%A4%A'] },
      cell: undefined,
      claim: undefined,
      step: 0,
    })
  })

  it('comes back as it was', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9@.~-]{0,12}$/)
    const names = fc.uniqueArray(name, { minLength: 1, maxLength: 4 })
    const place = fc.record({
      selection: fc.record({
        policies: names,
        driverSets: names,
        scenarios: names,
        size: fc.constantFrom('small' as const, 'large' as const),
      }),
      token: fc.option(fc.stringMatching(/^mmu1\.[\w-]{1,30}$/), { nil: undefined }),
      claim: fc.constantFrom('progress' as const, 'lock-order' as const, undefined),
      against: fc.option(name, { nil: undefined }),
      step: fc.option(fc.nat(200), { nil: undefined }),
      full: fc.boolean(),
      drivers: fc.option(names, { nil: undefined }),
    })
    fc.assert(
      fc.property(place, ({ drivers, ...rest }) => {
        const { size } = rest.selection
        const cell = drivers && { policy: 'mainline@5.4', drivers, scenario: 'oom-reap', size }
        expect(parsePlace(formatPlace({ ...rest, cell }))).toEqual({ ...rest, cell })
      }),
    )
  })
})
