import { describe, expect, it } from 'vitest'
import { closingText, matrixMarkdown, matrixText, standing } from '../src/index.ts'
import { cellOf, LOST_END, RETRY, reportOf, UNFINISHED } from './reports.ts'

const title = (scenario: string): string => `what happens in ${scenario}`

const broken = { balance: LOST_END, progress: RETRY }
const cells = [
  cellOf({ policy: 'mainline@5.4', drivers: 'kvm+i915-userptr', claims: broken }),
  cellOf({ policy: 'mainline@5.12', drivers: 'kvm+i915-userptr', notCovered: ['intervals'] }),
  cellOf({
    policy: 'mainline@5.8+unwind-on-fail',
    drivers: 'kvm+i915-userptr',
    resolved: 'mainline@5.4+unwind-on-fail',
  }),
  cellOf({ policy: 'mainline@5.4', drivers: 'kvm' }),
  cellOf({ ...UNFINISHED, policy: 'mainline@5.12', drivers: 'kvm' }),
  {
    name: { ...reportOf({ policy: 'mainline@5.8+unwind-on-fail' }).name },
    report: undefined,
  },
  cellOf({
    policy: 'mainline@5.4',
    drivers: 'kvm',
    scenario: 'munmap',
    result: { sometimes: [{ name: 'it happens', reached: false }] },
  }),
]

describe('the matrix', () => {
  it('tells every kind of cell without colour', () => {
    expect(matrixText(cells, { title, width: 80 })).toMatchInlineSnapshot(`
      "                    mainline@5.4        mainline@5.12       mainline@5.8
                                                                  +unwind-on-fail

      oom-reap: what happens in oom-reap
        kvm+i915-userptr  ✗ balance,          ✓ holds             ✓ holds
                            progress
        kvm               ✓ holds             ? unfinished        . not run

      munmap: what happens in munmap
        kvm               ! vacuous           . not run           . not run

      ✓ every promise holds   ✗ these promises break
      ! something that must be possible never happens   ? the search did not finish
      . not run
      "
    `)
  })

  it('marks every verdict under a policy known in part', () => {
    const known = cellOf({ policy: 'mainline@5.4' })
    const partly = [{}, { claims: broken }].map((given, i) =>
      cellOf({ ...given, policy: `mainline@5.${i}+idea`, partlyKnown: ['idea: never written'] }),
    )
    const text = matrixText([known, ...partly], { title, width: 80 })
    expect(text).toContain('✓ holds~')
    expect(text).toContain('✗ balance~')
    expect(text).toContain('progress~')
    expect(text).toContain('known in part')
    expect(closingText(partly, { width: 80 })).toContain('never written')
    expect(matrixMarkdown(partly, { title })).toContain('✓ holds~ |')
    expect(matrixText([known], { title, width: 80 })).not.toContain('~')
  })

  it('is never wider than asked, whatever it holds', () => {
    const policies = ['4.19', '5.4', '5.8+mayfail+unwind-on-fail', '5.12', '6.1', '6.12', '7.3']
    const many = policies.map((v) => cellOf({ policy: `mainline@${v}`, claims: broken }))
    for (const width of [60, 72, 80, 100])
      for (const line of matrixText(many, { title, width }).split('\n'))
        expect([...line].length).toBeLessThanOrEqual(width)
  })

  it('is made of several blocks where the policies do not fit', () => {
    const many = Array.from({ length: 9 }, (_, i) => cellOf({ policy: `mainline@5.${i}` }))
    const text = matrixText(many, { title })
    expect(text.match(/what happens in/g)).toHaveLength(2)
    for (let i = 0; i < 9; i++) expect(text).toContain(`mainline@5.${i}`)
  })

  it('is a table in Markdown', () => {
    expect(matrixMarkdown(cells.slice(0, 2), { title })).toBe(`\
**oom-reap**: what happens in oom-reap

| drivers | mainline@5.4 | mainline@5.12 |
| --- | --- | --- |
| kvm+i915-userptr | ✗ balance, progress | ✓ holds |

✓ every promise holds   ✗ these promises break
`)
  })
})

describe('where a cell stands', () => {
  it.each([
    ['holds', reportOf()],
    ['violated', reportOf({ claims: broken })],
    ['violated', reportOf({ claims: broken, result: { complete: false } })],
    ['unfinished', reportOf(UNFINISHED)],
    ['vacuous', reportOf({ result: { sometimes: [{ name: 'x', reached: false }] } })],
  ])('%s', (expected, report) => {
    expect(standing(report.result)).toBe(expected)
  })
})

describe('the closing words', () => {
  it('say who breaks what where, what a name was resolved to, and what is left out', () => {
    expect(closingText(cells.slice(0, 4))).toBe(`\
Under mainline@5.4
  kvm+i915-userptr breaks balance and progress (oom-reap)
Under mainline@5.12 and mainline@5.8+unwind-on-fail
  nothing breaks

kvm alone keeps every promise under every policy asked; what breaks, breaks between two.

mainline@5.8+unwind-on-fail behaves as mainline@5.4+unwind-on-fail.
mainline@5.12: intervals.
`)
  })

  it('do not promise more than was explored', () => {
    expect(closingText([cellOf({ ...UNFINISHED, policy: 'mainline@5.4' })])).toContain(
      'nothing is known to break, but not everything was shown',
    )
    expect(closingText([])).toBe('Nothing was run.\n')
  })
})
