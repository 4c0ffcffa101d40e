/**
 * How a driver gets at a page: get_user_pages and pin_user_pages of one page (the fast way without locks, else under mmap_lock with the
 * page faulted in), and the look-up of HMM, which runs under the caller's mmap_lock and keeps no reference.
 *
 * A victim of the OOM killer whose page is gone gets an error instead of a new page (MMF_UNSTABLE). Faulting in and taking the
 * reference are one step here; the kernel looks the page up again and starts over if it is gone, which leads to the
 * same places.
 */
import {
  alloc,
  and,
  atomically,
  type Body,
  call,
  downRead,
  type Expr,
  eq,
  GFP_KERNEL,
  jump,
  load,
  ne,
  not,
  or,
  type Procedure,
  plus,
  procedure,
  sum,
  upRead,
  type Variable,
  when,
} from '@mmulab/model'
import { accessOf, markWritten } from './access.ts'
import { mayWrite, wpPageCopyProcedure } from './cow.ts'
import type { Kernel } from './kernel.ts'
import { entry, type Mm, vmaOf } from './mm.ts'
import { READ_ONLY } from './mm-parts.ts'
import type { PageNumber } from './pages.ts'
import { isMigrating, migrates, swapEntryOf } from './swap-entry.ts'

/** What is kept of a page that was looked up: a reference, a pin (which is a reference too), or nothing. */
export type Keep = 'reference' | 'pin' | 'nothing'

/** get_user_pages or pin_user_pages; answers the page with one reference taken, or 0 for -EFAULT. */
export function gupProcedure(
  kernel: Kernel,
  keep: 'reference' | 'pin',
): Procedure<[number], PageNumber> {
  const { mm } = kernel
  const name = keep === 'pin' ? 'pin_user_pages' : 'get_user_pages'
  const slow = faultInProcedure(kernel, keep)
  return procedure(name, `mm/gup.c:${name}`, function* (va) {
    const pte = entry(mm, va)
    const access = accessOf(mm, va)
    const usable = (page: Expr): Expr => (access ? and(ne(access, READ_ONLY), page) : page)
    const quick = yield* atomically({
      assign: [
        ...counters(mm, keep).flatMap((list) =>
          list.map((n, i) => [n, plus(n, usable(eq(pte, i + 1)))] as const),
        ),
        ...markWritten(mm, va),
      ],
      answer: access ? when(ne(access, READ_ONLY), pte, 0) : pte,
      label: `${name}_fast(${pte.name})`,
    })
    if (quick) return quick
    yield* downRead(mm.mmapLock)
    const page = yield* call(slow, va)
    yield* upRead(mm.mmapLock)
    return page
  })
}

/**
 * mm/gup.c:faultin_page: the page behind a virtual page, made if there is none, for writing. The caller holds mmap_lock for read. A page
 * that must not be written to is copied first, in a section of its own.
 */
export function faultInProcedure(kernel: Kernel, keep: Keep): Procedure<[number], PageNumber> {
  const { mm, allocator } = kernel
  const wpPageCopy = wpPageCopyProcedure(kernel)
  const faultIn: Procedure<[number], PageNumber> = procedure(
    'faultin_page',
    'mm/gup.c:faultin_page',
    function* (va) {
      const pte = entry(mm, va)
      const vma = vmaOf(mm, va)
      if (!(yield* load(vma.mapped))) return 0
      if (!(yield* mayWrite(vma))) return 0
      yield* alloc(allocator, GFP_KERNEL, `a page for ${pte.name}`)
      const page = yield* handleMmFault(mm, va, keep)
      if (page !== writeProtected(mm)) return page
      return (yield* call(wpPageCopy, va)) ? yield* jump(faultIn, va) : 0
    },
  )
  return faultIn
}

/** The answer of a fault that found a page which it must not write to. */
const writeProtected = (mm: Mm): number => mm.pages.count + 1

/** The counts that go up when a page is kept. */
function counters(mm: Mm, keep: Keep): (readonly Variable[])[] {
  const { refs, pins } = mm.pages
  if (keep === 'nothing') return []
  return keep === 'pin' ? [refs, pins] : [refs]
}

/**
 * mm/memory.c:handle_mm_fault; the new entry, its reference and the caller's are made in one step. A page of a file comes from the page
 * cache, which gets a reference to one that is new. Whoever finds a page that is being migrated waits for it.
 */
function handleMmFault(mm: Mm, va: number, keep: Keep): Body<number> {
  const { refs, pins } = mm.pages
  const pte = entry(mm, va)
  const access = accessOf(mm, va)
  const swapEntry = swapEntryOf(mm, va)
  const cached = mm.cache?.[va]
  /** Page i + 1 is the first free one. */
  const firstFree = (i: number): Expr =>
    and(...refs.slice(0, i).map((n) => ne(n, 0)), eq(refs[i] ?? 1, 0))
  // check_stable_address_space() is made under the page-table lock, in the same step as the new entry.
  const empty = and(eq(pte, 0), eq(mm.unstable, 0))
  const makes = swapEntry ? and(empty, eq(swapEntry, 0)) : empty
  const makesNew = cached ? and(makes, eq(cached, 0)) : makes
  const made = (i: number): Expr =>
    cached
      ? and(makes, or(eq(cached, i + 1), and(eq(cached, 0), firstFree(i))))
      : and(makes, firstFree(i))
  const found = (i: number): Expr => or(made(i), eq(pte, i + 1))
  const none: Expr = { k: 'num', n: 0 }
  const fresh = refs.reduceRight<Expr>((rest, _, i) => when(firstFree(i), i + 1, rest), none)
  const filled = cached ? when(eq(cached, 0), fresh, cached) : fresh
  const page = when(makes, filled, pte)
  const usable = (e: Expr): Expr => (access ? and(ne(access, READ_ONLY), e) : e)
  return atomically({
    ...(swapEntry && {
      guard: not(isMigrating(mm, va)),
      waits: { on: `the page lock, until ${pte.name} is back`, holder: migrates(mm, va) },
    }),
    assign: [
      [pte, page],
      ...markWritten(mm, va),
      ...(cached ? [[cached, when(makesNew, fresh, cached)] as const] : []),
      // A new page gets a reference for the mapping as well, and one for the page cache where there is one.
      ...refs.map(
        (n, i) =>
          [
            n,
            sum(
              n,
              keep === 'nothing' ? 0 : usable(found(i)),
              made(i),
              ...(cached ? [and(makesNew, firstFree(i))] : []),
            ),
          ] as const,
      ),
      ...(keep === 'pin' ? pins.map((n, i) => [n, plus(n, usable(found(i)))] as const) : []),
    ],
    answer: access ? when(and(ne(pte, 0), eq(access, READ_ONLY)), writeProtected(mm), page) : page,
    label: `handle_mm_fault(${pte.name})`,
  })
}
