import { createLab } from '@mmulab/compare'
import { standard } from '@mmulab/standard'
import { describe, expect, it } from 'vitest'
import { CASES, NOT_MODELLED, runCase } from '../src/index.ts'

const lab = createLab(standard)

describe('every known bug is found where it was, and gone in its fixed twin', () => {
  it.each(CASES.map((c) => [c.id, c] as const))('%s', (_, c) => {
    const r = runCase(lab, c)
    expect(r.differs).toEqual([])
    expect(r.status).toBe('found')
    expect(r.fixedTwin).toBe(c.fixed ? 'clean' : 'not modelled')
    if (c.breaks.length > 0) expect(r.token).toMatch(/^mmu1\./)
  })

  it('a case that expects what is not so is not found', () => {
    const [c] = CASES.filter((x) => x.fixed && x.breaks.length > 0)
    if (!c?.fixed) throw new Error('no case with a twin')
    const swapped = runCase(lab, { ...c, bug: c.fixed, fixed: c.bug })
    expect([swapped.status, swapped.fixedTwin]).toEqual(['not found', 'not clean'])
    expect(swapped.differs.length).toBeGreaterThan(1)
  })

  it('what is numbered is either a case or has a reason, and never both', () => {
    const cases = new Set(CASES.flatMap((c) => c.number ?? []))
    const rest = NOT_MODELLED.map((n) => n.number)
    expect(rest.filter((n) => cases.has(n))).toEqual([])
    expect(new Set(rest).size).toBe(rest.length)
    // 1 to 64; four numbers were never given out.
    const never = [4, 12, 19, 22, 25, 26, 39]
    const all = Array.from({ length: 64 }, (_, i) => i + 1)
    expect([...cases, ...rest, ...never].sort((a, b) => a - b)).toEqual(all)
  })

  it('at least thirty have a twin in which they are gone', () => {
    expect(CASES.filter((c) => c.fixed).length).toBeGreaterThanOrEqual(30)
  })

  it('names are told apart', () => {
    const ids = [...CASES, ...NOT_MODELLED].map((c) => c.id)
    expect(new Set(ids).size).toBe(ids.length)
  })
})
