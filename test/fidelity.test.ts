// The page that says what the model follows is what the sources say, and no procedure is silent about it.
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { fidelityPage, readFile, readModel, unanchored } from './fidelity.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

describe('docs/fidelity.md', () => {
  const model = readModel(root)

  it('is up to date (npm run fidelity makes it anew)', async () => {
    await expect(fidelityPage(model)).toMatchFileSnapshot('../docs/fidelity.md')
  })

  it('knows the kernel source of every procedure', () => {
    expect(unanchored(model)).toEqual([])
  })

  it('has the functions of the notifier core', () => {
    const functions = new Set(model.anchors.map(({ at }) => at))
    for (const name of [
      'mn_itree_inv_start_range',
      'mn_itree_inv_end',
      'mn_itree_invalidate',
      'mn_hlist_invalidate_range_start',
      'mn_hlist_invalidate_end',
      'mmu_interval_read_begin',
      'mmu_interval_notifier_insert',
      'mmu_interval_notifier_remove',
      '__mmu_notifier_register',
      'mmu_notifier_unregister',
      'mmu_notifier_put',
      '__mmu_notifier_release',
    ])
      expect(functions).toContain(`mm/mmu_notifier.c:${name}`)
  })
})

describe('the reader', () => {
  const read = (text: string) => readFile('packages/core/src/x.ts', text)

  it('takes the source of a procedure, with its versions and its note', () => {
    const { anchors } = read(`
      const FILE = 'mm/x.c'
      export const p = (n: boolean) =>
        procedure('x', { at: \`\${FILE}:\${n ? 'get' : 'pin'}\`, versions: '5.4', note: 'a lock' }, body)`)
    expect(anchors.map(({ at, versions, note }) => [at, versions, note])).toEqual([
      ['mm/x.c:get', '5.4', 'a lock'],
      ['mm/x.c:pin', '5.4', 'a lock'],
    ])
  })

  it('takes what a comment says that is left out, and the function that it names', () => {
    const { anchors, leftOut } = read(`/** The head. Left out: signals. */
      import x from 'y'
      /** mm/x.c:put (5.5+). Left out: the
       * lock. */
      export const put = () => 0`)
    expect(leftOut).toBe('signals')
    expect(anchors).toEqual([
      expect.objectContaining({ at: 'mm/x.c:put', versions: '5.5+', note: 'the lock' }),
    ])
  })

  it('finds a procedure that does not say what it follows', () => {
    const found = (source: string) =>
      unanchored({ ...read(`procedure('x', ${source}, body)`), leftOut: new Map() }).length
    expect(["''", "'mm/x.c'", "'some words'", 'unknown'].map(found)).toEqual([1, 1, 1, 1])
    expect(["'mm/x.c:f'", "'user space'", "'mm/x.c: under a lock'"].map(found)).toEqual([0, 0, 0])
  })
})
