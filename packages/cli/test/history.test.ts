import { describe, expect, it } from 'vitest'
import { mmulab } from './host.ts'

describe('mmulab history', () => {
  it('is one document for machines, and all known bugs are found', async () => {
    const { status, out, err } = await mmulab(['history', '--json'])
    expect([status, err]).toEqual([0, ''])
    const { schema, cases } = JSON.parse(out) as {
      schema: number
      cases: Record<string, unknown>[]
    }
    expect(schema).toBe(1)
    const known = cases.filter((c) => c.status !== 'not modelled')
    expect(known.length).toBeGreaterThan(30)
    expect(known.filter((c) => c.fixedTwin === 'clean').length).toBeGreaterThan(30)
    expect(known.every((c) => c.status === 'found' && c.fixedTwin !== 'not clean')).toBe(true)
    expect(cases.find((c) => c.id === 'lost-end-kvm')).toMatchObject({
      fixedTwin: 'clean',
      breaks: ['balance', 'progress'],
    })
    // Of the proposal that mends it there is a description and no text.
    const inPart = cases.filter((c) => 'partlyKnown' in c).map((c) => c.id)
    expect(inPart).toContain('lost-end-hmm')
    expect(inPart).not.toContain('lost-end-kvm')
  }, 240_000)
})
