/**
 * Migration of a page to another one, as compaction, move_pages(2) or memory hotplug ask for it: the page lock, the rmap lock for read while
 * entries are taken away and put back, no mmap_lock. In between the entry stands for the page, and whoever faults on it waits for the
 * page lock. Only the taking away is a section.
 *
 * Left out: pages of files, batches of pages (6.3 and later), devices that ask for migration themselves.
 */
import {
  atomically,
  call,
  eq,
  mark,
  mutexLock,
  mutexUnlock,
  type Procedure,
  procedure,
} from '@mmulab/model'
import type { Kernel } from './kernel.ts'
import { entry, pageLockOf } from './mm.ts'
import { allocPage, putPage, refcountOf } from './pages.ts'
import { anyOf, isolate } from './reclaim.ts'
import { removeMigrationPtesProcedure, tryToMigrateProcedure } from './rmap.ts'

/** What scenarios ask whether it can happen. */
export const MIGRATION_TRIED = 'a page is taken away for migration'
/** Only if nobody else has a reference. */
export const PAGE_MOVED = 'a page has moved'

/** mm/migrate.c:unmap_and_move of one page, whichever the caller asks for. */
export function unmapAndMoveProcedure(kernel: Kernel): Procedure<[], void> {
  const { mm } = kernel
  const tryToMigrate = tryToMigrateProcedure(kernel)
  const removeMigrationPtes = removeMigrationPtesProcedure(kernel)
  return procedure('unmap_and_move', 'mm/migrate.c:unmap_and_move', function* () {
    const va = yield* anyOf(mm.virtualPages, 'the page to be migrated')
    const page = yield* isolate(mm, entry(mm, va))
    if (!page) return
    const fresh = yield* allocPage(mm.pages)
    if (fresh) {
      const lock = pageLockOf(mm, page)
      yield* mutexLock(lock)
      yield* call(tryToMigrate, page, [va])
      yield* mark(MIGRATION_TRIED)
      // Nobody but this task may have a reference now (migrate_page_move_mapping()): who pins a page keeps it where it is.
      const alone = yield* atomically({
        answer: eq(refcountOf(mm.pages, page), 1),
        label: `page_count(page${page}) == 1`,
      })
      if (alone) yield* mark(PAGE_MOVED)
      yield* call(removeMigrationPtes, page, alone ? fresh : page, [va])
      yield* mutexUnlock(lock)
      yield* putPage(mm.pages, fresh)
    }
    yield* putPage(mm.pages, page)
  })
}
