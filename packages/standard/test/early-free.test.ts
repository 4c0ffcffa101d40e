/**
 * A page can be free before the section that took it away is over: zap_pte_range() flushes the mmu_gather whenever a batch is full, or a page
 * is dirty. Who unmaps in the end callback is too late then, and only then.
 */
import { allPaths } from '@mmulab/scenarios'
import { describe, expect, it } from 'vitest'
import { labelsOf, orderOf } from './calls.ts'
import { broken, explore, toyLab } from './lab.ts'

const POLICY = 'mainline@6.6'
const verdict = (scenario: string) =>
  broken(explore(POLICY, 'unmaps-at-end', scenario, 'small', toyLab))

describe('a device that is unmapped at the end of sections', () => {
  it('has pages that are free where an mmu_gather frees them, and where nobody else holds them, nowhere else', () => {
    const late = allPaths.map((p) => p.name).filter((name) => verdict(name).includes('memory'))
    // Who reclaims, migrates or copies has a reference of its own until the section is over. thp-split: the section of the split, which is over
    // before anything goes, covers the whole page. mremap() unmaps what was at the new place. When the mm exits nobody is told of an end any more.
    expect(late).toEqual([
      'dontneed',
      'munmap',
      'hole-punch',
      'mrelease',
      'oom-reap',
      'mremap',
      'exit-mm',
      'oom-reap-exit',
    ])
    expect(verdict('dontneed')).toEqual(['memory'])
  })

  it.each([
    ['dontneed', 'madvise0'],
    ['munmap', 'munmap'],
    ['hole-punch', 'fallocate0'],
    ['oom-reap', 'oom_reaper'],
  ])(
    '%s: the page goes after the end if it is batched, and before it if the gather is flushed',
    (scenario, task) => {
      const words = ['ptep_get_and_clear', 'put_page', 'unmaps-at-end: unmap']
      const [clear = '', free = '', end = ''] = words
      const order = (alternative: number) =>
        orderOf(
          labelsOf(
            task,
            { policy: POLICY, drivers: 'unmaps-at-end', scenario },
            'small',
            alternative,
          ),
          words,
        )
      expect(order(0)).toEqual([clear, end, free])
      expect(order(1)).toEqual([clear, free, end])
    },
  )
})
