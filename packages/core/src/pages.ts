/**
 * Physical pages: a reference count each. A page is free when nobody holds a reference, and free pages are handed out again;
 * a device mapping to a page is a lie from the moment the page is freed. Pins (FOLL_PIN) are references too, counted a second
 * time so that reclaim can tell (page_maybe_dma_pinned).
 */
import {
  and,
  atomically,
  type Body,
  type Expr,
  eq,
  minus,
  ne,
  plus,
  type Variable,
  variable,
  when,
} from '@mmulab/model'

/** Pages are numbered from 1; 0 stands for "no page" everywhere. */
export type PageNumber = number

export interface Pages {
  readonly count: number
  readonly refs: readonly Variable[]
  readonly pins: readonly Variable[]
}

/** Counts above this are the verdict "bound exceeded": more holders than any shipped scenario has. */
const REFERENCE_LIMIT = 15

/** `mapped` pages start mapped by the CPU, each held by `holders` drivers and `caches` page caches as well. */
export function createPages(count: number, mapped: number, holders: number, caches = 0): Pages {
  const numbers = Array.from({ length: count }, (_, i) => i + 1)
  const counter = (what: string, init: (page: PageNumber) => number): Variable[] =>
    numbers.map((p) =>
      variable(`page${p}.${what}`, { max: REFERENCE_LIMIT, init: p <= mapped ? init(p) : 0 }),
    )
  return {
    count,
    refs: counter('refcount', () => 1 + holders + caches),
    pins: counter('pincount', () => holders),
  }
}

const at = (list: readonly Variable[], page: PageNumber): Variable => {
  const v = list[page - 1]
  if (!v) throw new Error(`there is no page ${page}`)
  return v
}

export const refcountOf = (p: Pages, page: PageNumber): Variable => at(p.refs, page)
export const pincountOf = (p: Pages, page: PageNumber): Variable => at(p.pins, page)
export const isFree = (p: Pages, page: PageNumber): Expr => eq(refcountOf(p, page), 0)
/** mm.h:page_maybe_dma_pinned. */
export const isPinned = (p: Pages, page: PageNumber): Expr => ne(pincountOf(p, page), 0)

/** mm/page_alloc.c:alloc_pages: a free page with one reference, or 0. */
export const allocPage = ({ refs }: Pages): Body<number> => {
  const firstFree = (i: number) =>
    and(...refs.slice(0, i).map((n) => ne(n, 0)), eq(refs[i] ?? 1, 0))
  return atomically({
    assign: refs.map((n, i) => [n, plus(n, firstFree(i))] as const),
    answer: refs.reduceRight((rest, _, i) => when(firstFree(i), i + 1, rest), when(0, 0, 0)),
    label: 'alloc_page()',
  })
}

/** mm.h:put_page; at 0 the page is free. */
export const putPage = (p: Pages, page: PageNumber): Body<number> =>
  atomically({
    assign: [[refcountOf(p, page), minus(refcountOf(p, page), 1)]],
    label: `put_page(page${page})`,
  })

/** mm/gup.c:unpin_user_page. */
export const unpinUserPage = (p: Pages, page: PageNumber): Body<number> =>
  atomically({
    assign: [
      [refcountOf(p, page), minus(refcountOf(p, page), 1)],
      [pincountOf(p, page), minus(pincountOf(p, page), 1)],
    ],
    label: `unpin_user_page(page${page})`,
  })
