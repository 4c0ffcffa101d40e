import { describe, expect, it } from 'vitest'
import { mmulab, words } from './host.ts'

describe('mmulab pairs', () => {
  it('is a table with the reason of every difference', async () => {
    const { status, out } = await mmulab(words('pairs --driver hmm-mirror --max-states 20000'))
    expect(status).toBe(0)
    expect(out).toMatch(/hmm-mirror\+hmm-mirror +✗[a-z]+ +✗/)
    expect(out).toContain('known bug: HMM tells its device at the end of a section')
    expect(out).toContain(
      'mmulab check --policy mainline@4.19 --drivers hmm-mirror@4.19+hmm-mirror@4.19',
    )
    expect(out).toContain('0 of their promises unexplained')
  }, 120_000)

  it('is one document for machines', async () => {
    const { status, out, err } = await mmulab(words('pairs --driver gntdev --json'))
    expect([status, err]).toEqual([0, ''])
    const { schema, pairs, unexplained, stale } = JSON.parse(out)
    expect([schema, unexplained, stale]).toEqual([1, [], []])
    expect(pairs[0]).toMatchObject({
      policy: 'mainline@4.19',
      kind: 'oom',
      drivers: ['gntdev@4.19', 'gntdev@4.19'],
      neverShipped: [],
      expected: { breaks: false },
      differs: [],
    })
  }, 120_000)

  it('takes drivers without an era', async () => {
    const { status, err } = await mmulab(words('pairs --driver kvm@5.11'))
    expect([status, err]).toEqual([2, expect.stringContaining('code   UNKNOWN_DRIVER')])
  })
})
