/** Allocation contexts: which allocations end in a notifier, and what lockdep knows of it. */
import { tellToken } from '@mmulab/compare'
import { ALLOC_CONTEXTS } from '@mmulab/core'
import { describe, expect, it } from 'vitest'
import { broken, explore, lab, toyLab } from './lab.ts'

const RECLAIMS = ['kernel', 'nofs', 'noio']
const NAMES = ALLOC_CONTEXTS.map((c) => c.name)
const cell = (policy: string, drivers: string, scenario: string) =>
  explore(policy, drivers, scenario, 'small', toyLab)

describe('an allocation under mmap_lock while memory is short', () => {
  it.each(['mainline@4.19', 'mainline@5.4', 'mainline@5.11'])(
    'unmaps a page if it may reclaim directly, and only then: %s',
    (policy) => {
      const unmaps = NAMES.filter((name) =>
        cell(policy, 'kvm', `alloc-${name}`).result.sometimes.some(
          (s) => s.reached && s.name === 'a page is unmapped',
        ),
      )
      expect(unmaps).toEqual(RECLAIMS)
      for (const name of NAMES) expect(broken(cell(policy, 'kvm', `alloc-${name}`))).toEqual([])
    },
  )

  it('is the end of a callback that takes mmap_lock', () => {
    const stuck = NAMES.filter((name) =>
      broken(cell('mainline@5.4', 'takes-mmap-lock', `alloc-${name}`)).includes('deadlock'),
    )
    expect(stuck).toEqual(RECLAIMS)
  })
})

describe('an allocation under a lock that callbacks take, while there is memory enough', () => {
  /** The contexts that lockdep complains about though nothing was ever reclaimed. */
  const complains = (policy: string): string[] =>
    NAMES.filter((name) =>
      broken(cell(policy, `allocates-${name}`, 'dontneed')).includes('lock-order'),
    )
  it.each([
    ['mainline@5.3', []],
    ['mainline@5.4', ['kernel']],
    ['mainline@5.10', ['kernel']],
    ['mainline@5.11', RECLAIMS],
    ['mainline@7.2', RECLAIMS],
  ] as const)('is known to be wrong to %s in %j', (policy, contexts) => {
    expect(complains(policy)).toEqual(contexts)
  })
})

describe('an allocation under a lock that callbacks take, while kswapd reclaims', () => {
  /** What kswapd does under fs_reclaim is all that lockdep sees of reclaim here. */
  const complains = (version: string): string[] =>
    ['kernel', 'nofs', 'nowait'].filter((name) =>
      broken(cell(`mainline@${version}`, `allocates-${name}`, 'reclaim')).includes('lock-order'),
    )
  it.each([
    ['4.13', ['kernel']],
    ['4.14', []],
    ['4.17', []],
    ['4.18', ['kernel']],
    ['5.3', ['kernel']],
  ] as const)('is known to be wrong to mainline@%s in %j', (version, contexts) => {
    expect(complains(version)).toEqual(contexts)
  })

  it('is told in the words of the kernel: a ring of fs_reclaim and the lock, without the map of sections', () => {
    const { message } = cell('mainline@5.4', 'allocates-kernel', 'reclaim').result.claims[
      'lock-order'
    ]
    expect(message).toBe(
      'possible circular locking dependency: fs_reclaim -> allocates-kernel.lock -> fs_reclaim',
    )
  })
})

describe('the story of an allocation under a lock that callbacks take', () => {
  it('marks the step that reclaims, as it marks other broken promises', () => {
    const { result, tokens } = explore('mainline@5.4', 'radeon@4.19', 'pin-reclaim')
    const { message = '', steps } = result.claims.context
    expect(message).toMatch(
      / reclaims while radeon\.bo\.resv, which notifier callbacks take, is held$/,
    )
    const { scenes } = tellToken(lab, tokens.get('context') ?? '')
    const marked = scenes.flatMap(({ events }, i) =>
      events.flatMap((e) => (e.kind === 'violation' ? [[i + 1, e.claim, e.message]] : [])),
    )
    expect(marked).toEqual([[steps, 'context', message]])
  })
})
