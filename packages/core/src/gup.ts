/**
 * get_user_pages and pin_user_pages of one page: the fast way without locks, else under mmap_lock with the page faulted in. A
 * victim of the OOM killer whose page is gone gets an error instead of a new page (MMF_UNSTABLE).
 *
 * Faulting in and taking the reference are one step here; the kernel looks the page up again and starts over if it is gone,
 * which leads to the same places.
 */
import {
  alloc,
  and,
  atomically,
  type Body,
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
import { entry } from './mm.ts'
import type { PageNumber } from './pages.ts'

export interface GupFlags {
  /** FOLL_PIN: the page is pinned, not merely referenced. */
  readonly pin: boolean
}

/** Answers the page with one reference (or pin) taken, or 0 for -EFAULT. */
export function gupProcedure(kernel: Kernel, flags: GupFlags): Procedure<[number], PageNumber> {
  const { mm, allocator } = kernel
  const { pages } = mm
  const name = flags.pin ? 'pin_user_pages' : 'get_user_pages'
  const counted: readonly (readonly Variable[])[] = flags.pin
    ? [pages.refs, pages.pins]
    : [pages.refs]

  const fast = (pte: Variable): Body<number> =>
    atomically({
      assign: counted.flatMap((list) => list.map((n, i) => [n, plus(n, eq(pte, i + 1))] as const)),
      answer: pte,
      label: `${name}_fast(${pte.name})`,
    })

  /** Page i + 1 is the first free one. */
  const firstFree = (i: number): Expr =>
    and(...pages.refs.slice(0, i).map((n) => ne(n, 0)), eq(pages.refs[i] as Variable, 0))

  const handleMmFault = (pte: Variable): Body<number> => {
    // check_stable_address_space() is made under the page-table lock, in the same step as the new entry.
    const makes = and(eq(pte, 0), eq(mm.unstable, 0))
    const made = (i: number): Expr => and(makes, firstFree(i))
    const taken = (i: number): Expr => or(made(i), eq(pte, i + 1))
    const fresh = pages.refs.reduceRight<Expr>((rest, _, i) => when(firstFree(i), i + 1, rest), {
      k: 'num',
      n: 0,
    })
    const found = when(makes, fresh, pte)
    return atomically({
      assign: [
        [pte, found],
        // A new page gets a reference for the mapping as well.
        ...pages.refs.map((n, i) => [n, sum(n, taken(i), made(i))] as const),
        ...(flags.pin ? pages.pins.map((n, i) => [n, plus(n, taken(i))] as const) : []),
      ],
      answer: found,
      label: `handle_mm_fault(${pte.name})`,
    })
  }

  return procedure(name, `mm/gup.c:${name}`, function* (va) {
    const pte = entry(mm, va)
    const quick = yield* fast(pte)
    if (quick) return quick
    const vma = mm.vmas.find((v) => v.pages.includes(va))
    if (!vma) throw new Error(`there is no VMA at ${va}`)
    yield* downRead(mm.mmapLock)
    let page = 0
    if (yield* load(vma.mapped)) {
      yield* alloc(allocator, GFP_KERNEL, `a page for ${pte.name}`)
      page = yield* handleMmFault(pte)
    }
    yield* upRead(mm.mmapLock)
    return page
  })
}
