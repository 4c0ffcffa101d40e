/** What single behaviours of mainline do, beyond the difference from their neighbours. */
import { createLab } from '@mmulab/compare'
import { closeSection, defineScenario, openSection, range } from '@mmulab/core'
import { type ClaimId, preemptDisable, preemptEnable, procedure, task } from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import { labelsOf, orderOf } from './calls.ts'
import { broken, explore, toyLab } from './lab.ts'

const ONCE = {
  vmas: 1,
  pagesPerVma: 1,
  sparePages: 0,
  reapAttempts: 1,
  sections: 1,
  shortages: 0,
  faults: 0,
}

const verdict = (policy: string, drivers: string, scenario: string): ClaimId[] =>
  broken(explore(policy, drivers, scenario, 'small', toyLab))

describe('invalidate_page()', () => {
  const WORDS = ['ptep_clear_flush', 'mutex_lock(&gntdev.priv.lock)']
  const told = (version: string): string[] =>
    orderOf(
      labelsOf('kswapd0', {
        policy: `mainline@${version}`,
        drivers: 'gntdev',
        scenario: 'reclaim',
      }),
      WORDS,
    )

  it('comes once the entry has gone, where a section begins before', () => {
    const [clear = '', lock = ''] = WORDS
    expect(told('4.10')).toEqual([clear, lock])
    expect(told('4.13')).toEqual([lock, clear])
  })

  it('may not sleep in 4.11 and 4.12, which call it under the page-table lock', () => {
    for (const [version, breaks] of [
      ['4.10', []],
      ['4.11', ['context']],
      ['4.12', ['context']],
      ['4.13', []],
    ] as const)
      expect([version, verdict(`mainline@${version}`, 'gntdev', 'reclaim')]).toEqual([
        version,
        breaks,
      ])
  })

  it('is what page_mkclean() called too', () => {
    for (const [version, breaks] of [
      ['4.10', []],
      ['4.12', ['context']],
      ['4.13', []],
    ] as const)
      expect([version, verdict(`mainline@${version}`, 'gntdev', 'write-back')]).toEqual([
        version,
        breaks,
      ])
    // Who had only a start was not told, and went on writing to what the CPU took for clean.
    expect(verdict('mainline@4.12', 'i915-userptr@4.19', 'write-back')).toEqual(['coherence'])
    expect(verdict('mainline@4.13', 'i915-userptr@4.19', 'write-back')).toEqual([])
  })

  it.each(['kvm', 'gru', 'hfi1', 'scif', 'kvm+gru'])(
    'is enough for %s, wherever one small page goes',
    (drivers) => {
      for (const policy of ['mainline@4.10', 'mainline@4.12'])
        for (const scenario of ['reclaim', 'migrate', 'memory-failure', 'write-back'])
          expect([policy, scenario, verdict(policy, drivers, scenario)]).toEqual([
            policy,
            scenario,
            [],
          ])
    },
  )

  it('names one address: of a huge page a device keeps all but the first', () => {
    for (const policy of ['mainline@4.10', 'mainline@4.12'])
      expect(verdict(policy, 'kvm', 'migrate-huge')).toEqual(['memory', 'coherence'])
    expect(verdict('mainline@4.13', 'kvm', 'migrate-huge')).toEqual([])
  })

  it('is asked of by nobody who is not on the list any more', () => {
    expect(verdict('mainline@4.10', 'kvm', 'reclaim-unregister')).toEqual([])
  })
})

describe('exit_mmap()', () => {
  const WORDS = [
    'mutex_lock(&oom_lock)',
    'mutex_trylock(&test-hmm',
    'down_read(&mmap_lock)',
    'down_write(&mmap_lock)',
    'ptep_get_and_clear',
    'up_read(&mmap_lock)',
    'up_write(&mmap_lock)',
    'MMF_OOM_SKIP',
    'down_write(&anon_vma->rwsem)',
    'put_page',
  ] as const
  const order = (version: string, scenario: string, drivers = 'kvm@5.11') =>
    orderOf(labelsOf('exit_mm', { policy: `mainline@${version}`, drivers, scenario }), WORDS)
  const [oomLock, asked, read, write, clear, upRead, upWrite, skip, pgtables, free] = WORDS

  it('takes no mmap_lock up to 5.16, takes it for write in 5.17, and for read and then for write from 6.0 on', () => {
    const bare = [clear, pgtables, free]
    for (const version of ['4.6', '4.13', '4.17', '5.4', '5.16'])
      expect([version, ...order(version, 'exit-mm')]).toEqual([version, ...bare])
    expect(order('5.17', 'exit-mm')).toEqual([write, ...bare, upWrite])
    for (const version of ['6.0', '6.12', '7.2'])
      expect([version, ...order(version, 'exit-mm')]).toEqual([
        version,
        ...[read, clear, upRead, skip, write, pgtables, free, upWrite],
      ])
  })

  it('sets MMF_OOM_SKIP of a victim once it is unmapped, or reaps it itself before that (4.17 to 5.19)', () => {
    const tail = [pgtables, free]
    expect(order('4.13', 'oom-reap-exit')).toEqual([clear, ...tail])
    expect(order('4.14', 'oom-reap-exit')).toEqual([clear, skip, write, upWrite, ...tail])
    // The page is there for the reaping; the section over everything that follows finds none.
    const reaped = [clear, free, skip]
    expect(order('4.17', 'oom-reap-exit')).toEqual([
      oomLock,
      ...reaped,
      write,
      upWrite,
      clear,
      pgtables,
    ])
    expect(order('5.16', 'oom-reap-exit')).toEqual([...reaped, write, upWrite, clear, pgtables])
    expect(order('5.17', 'oom-reap-exit')).toEqual([...reaped, write, clear, pgtables, upWrite])
    expect(order('6.0', 'oom-reap-exit')).toEqual(order('6.0', 'exit-mm'))
  })

  it('asks intervals before it reaps, which may refuse, and is not kept from unmapping by that', () => {
    const asking = order('5.16', 'oom-reap-exit', 'test-hmm')
    expect(asking.slice(0, 3)).toEqual([asked, clear, free])
    expect(verdict('mainline@5.16', 'interval-refuser', 'oom-reap-exit')).toEqual([])
  })

  it('is put off by the reaper up to 4.13, which uses the mm, and may be the last to do so', () => {
    const words = ['mmget_not_zero', 'up_read(&mmap_lock)', 'mmput']
    const reaper = (version: string) =>
      orderOf(
        labelsOf('oom_reaper', {
          policy: `mainline@${version}`,
          drivers: 'kvm@5.11',
          scenario: 'oom-reap-exit',
        }),
        words,
      )
    expect(reaper('4.13')).toEqual(words)
    expect(reaper('4.14')).toEqual([words[1]])
  })
})

describe('the end of a section', () => {
  /** A path of the mm that may not sleep where it ends its section. */
  const hasty = defineScenario({
    name: 'ends-with-preemption-off',
    title: 'a section is ended where nobody may sleep',
    sizes: { small: ONCE, large: ONCE },
    needs: [],
    build: ({ kernel }) => ({
      tasks: [
        task(
          'hasty',
          procedure('hasty', '', function* () {
            const r = range('CLEAR', [0], { blockable: true })
            yield* openSection(kernel, r)
            yield* preemptDisable()
            yield* closeSection(kernel, r)
            yield* preemptEnable()
          }),
          [],
        ),
      ],
      sometimes: [],
    }),
  })
  const own = createLab({ ...toyLab, scenarios: [hasty], furtherScenarios: [] })
  const context = (policy: string): string | undefined =>
    explore(policy, 'unmaps-at-end', hasty.name, 'small', own).result.claims.context.message

  it('may sleep if it may block, as lockdep is told from 5.4 on', () => {
    expect(context('mainline@5.3')).toBeUndefined()
    for (const policy of ['mainline@5.4', 'mainline@7.2'])
      expect(context(policy)).toBe(
        'mmu_notifier_invalidate_range_end() may sleep while preemption is off',
      )
  })
})

describe('lockdep', () => {
  it('names the ring: reclaim opens sections, and a section takes the lock', () => {
    const { message } = explore('mainline@5.4', 'allocates-kernel', 'dontneed', 'small', toyLab)
      .result.claims['lock-order']
    expect(message).toContain('fs_reclaim -> mmu_notifier_invalidate_range_start')
  })
})

describe('intervals beside a list (5.5)', () => {
  it('are asked first, and keep their promises in the reaper', () => {
    expect(verdict('mainline@5.5', 'test-hmm+kvm', 'oom-reap')).toEqual([])
  })
})

describe('what is finished when somebody refuses (7.2)', () => {
  it('everything that was started, before the section is over', () => {
    const labels = labelsOf('oom_reaper', {
      policy: 'mainline@7.2',
      drivers: 'two-pass+interval-refuser+two-pass',
      scenario: 'oom-reap',
    })
    const attempt = [
      'two-pass: start',
      'interval-refuser: asked',
      'two-pass: finish',
      'mn_itree_inv_end()',
    ]
    expect(orderOf(labels, [...attempt, 'ptep_get_and_clear', 'two-pass2'])).toEqual([
      ...attempt,
      ...attempt,
    ])
    expect(verdict('mainline@7.2', 'two-pass+interval-refuser', 'oom-reap')).toEqual([])
  })
})
