/**
 * ac46d4f3c432 as it was in 5.0-rc1: try_to_unmap_one() made its range from the start of the VMA in place of the address of the page. Who maps that page is not told, unless
 * it is the first one; its entry goes all the same, and the page is freed. Repaired before 5.0 (2019-01).
 *
 * Only what reclaim unmaps is wrong here; the migration of those days went the same way.
 */
import { definePatch, type Kernel, type Patch, tryToUnmapOneProcedure, vmaOf } from '@mmulab/core'

const vmaStartRange: Patch = definePatch({
  name: 'vma-start-range',
  title: 'reclaim tells of the start of the VMA in place of its page',
  source: 'ac46d4f3c432 (5.0-rc1), repaired in 2019-01',
  example: 'mainline@5.0',
  refuses: ({ facts }) =>
    facts.invalidatePage === 'gone' ? undefined : 'reclaim opens no section there (up to 4.12)',
  procedures: (_base, kernel: Kernel) => ({
    tryToUnmapOne: tryToUnmapOneProcedure(kernel, {
      told: (va) => vmaOf(kernel.mm, va).pages.slice(0, 1),
    }),
  }),
})
export default vmaStartRange
