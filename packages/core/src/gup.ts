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
  load,
  ne,
  or,
  type Procedure,
  plus,
  procedure,
  sum,
  upRead,
  type Variable,
  when,
} from '@mmulab/model'
import type { Kernel } from './kernel.ts'
import { entry, type Mm, vmaOf } from './mm.ts'
import type { PageNumber } from './pages.ts'

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
    const quick = yield* atomically({
      assign: counters(mm, keep).flatMap((list) =>
        list.map((n, i) => [n, plus(n, eq(pte, i + 1))] as const),
      ),
      answer: pte,
      label: `${name}_fast(${pte.name})`,
    })
    if (quick) return quick
    yield* downRead(mm.mmapLock)
    const page = yield* call(slow, va)
    yield* upRead(mm.mmapLock)
    return page
  })
}

/** mm/gup.c:faultin_page: the page behind a virtual page, made if there is none. The caller holds mmap_lock for read. */
export function faultInProcedure(kernel: Kernel, keep: Keep): Procedure<[number], PageNumber> {
  const { mm, allocator } = kernel
  return procedure('faultin_page', 'mm/gup.c:faultin_page', function* (va) {
    const pte = entry(mm, va)
    if (!(yield* load(vmaOf(mm, va).mapped))) return 0
    yield* alloc(allocator, GFP_KERNEL, `a page for ${pte.name}`)
    return yield* handleMmFault(mm, pte, keep)
  })
}

/** The counts that go up when a page is kept. */
function counters(mm: Mm, keep: Keep): (readonly Variable[])[] {
  const { refs, pins } = mm.pages
  if (keep === 'nothing') return []
  return keep === 'pin' ? [refs, pins] : [refs]
}

/** mm/memory.c:handle_mm_fault; the new entry, its reference and the caller's are made in one step. */
function handleMmFault(mm: Mm, pte: Variable, keep: Keep): Body<number> {
  const { refs, pins } = mm.pages
  /** Page i + 1 is the first free one. */
  const firstFree = (i: number): Expr =>
    and(...refs.slice(0, i).map((n) => ne(n, 0)), eq(refs[i] ?? 1, 0))
  // check_stable_address_space() is made under the page-table lock, in the same step as the new entry.
  const makes = and(eq(pte, 0), eq(mm.unstable, 0))
  const made = (i: number): Expr => and(makes, firstFree(i))
  const found = (i: number): Expr => or(made(i), eq(pte, i + 1))
  const none: Expr = { k: 'num', n: 0 }
  const fresh = refs.reduceRight<Expr>((rest, _, i) => when(firstFree(i), i + 1, rest), none)
  const page = when(makes, fresh, pte)
  return atomically({
    assign: [
      [pte, page],
      // A new page gets a reference for the mapping as well.
      ...refs.map((n, i) => [n, sum(n, keep === 'nothing' ? 0 : found(i), made(i))] as const),
      ...(keep === 'pin' ? pins.map((n, i) => [n, plus(n, found(i))] as const) : []),
    ],
    answer: page,
    label: `handle_mm_fault(${pte.name})`,
  })
}
