/** mm_users: who uses an address space keeps it, and the last who lets go of it lets it exit. */
import { describe, expect, it } from 'vitest'
import { labelsOf, orderOf } from './calls.ts'
import { broken, explore } from './lab.ts'

const exits = (policy: string, drivers: string) =>
  explore(policy, drivers, 'exit-implicit', 'small')

describe('a device that registers memory of a process that goes', () => {
  it.each(['mainline@5.5', 'mainline@6.6', 'mainline@7.2'])(
    'keeps every promise if it holds the mm meanwhile: %s',
    (policy) => {
      const report = exits(policy, 'rdma-odp@5.5')
      expect(broken(report)).toEqual([])
      expect(report.result.sometimes.filter((s) => !s.reached)).toEqual([])
    },
  )

  it('stops at the BUG_ON() of the registration behind its interval if it does not', () => {
    const report = exits('mainline@5.5', 'rdma-odp@5.5~no-mmget')
    const { warn, balance } = report.result.claims
    expect(broken(report)).toEqual(['balance', 'warn'])
    expect(warn.message).toContain('BUG_ON(mm_users <= 0)')
    // If it is in time for that, it still meets exit_mmap(), whose sections no lock keeps out of a registration.
    expect(balance.message).toContain('active_invalidate_ranges is not back to 0')
  })

  it('exits the mm itself if it is the last to let go of it', () => {
    const words = ['mmget_not_zero(mm)', 'mmput(mm)', 'ptep_get_and_clear']
    const cell = { policy: 'mainline@5.5', drivers: 'rdma-odp@5.5', scenario: 'exit-implicit' }
    // Alone, the process is the last.
    expect(orderOf(labelsOf('exit_mm', cell), words)).toEqual(words.slice(1))
    expect(orderOf(labelsOf('odp_implicit', cell), words)).toEqual([
      'mmget_not_zero(mm)',
      'mmput(mm)',
      'mmget_not_zero(mm)',
      'mmput(mm)',
    ])
  })
})
