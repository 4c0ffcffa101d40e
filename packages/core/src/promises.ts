/** What a cell promises, beyond what its tasks do: nothing freed is mapped, nothing stale is, and whatever was begun is ended. */
import {
  all,
  type ClaimId,
  type Expr,
  eq,
  type Goal,
  type Invariant,
  ne,
  not,
  or,
} from '@mmulab/model'
import { accessOf } from './access.ts'
import type { Labelled } from './cell-drivers.ts'
import type { CachedPage } from './driver.ts'
import type { Kernel } from './kernel.ts'
import { entry, noSectionOpen } from './mm.ts'
import { CLEAN, READ_ONLY } from './mm-parts.ts'
import { isFree } from './pages.ts'
import type { Scene } from './scenario.ts'

/** The promises of one driver; domain of discourse: its own page table, its own counters. */
export function invariantsOf(kernel: Kernel, d: Labelled): Invariant[] {
  const { mm } = kernel
  const quiet = noSectionOpen(mm)
  const invariants: Invariant[] = []
  for (const { what, va, page } of pagesOf(kernel, d)) {
    if (!d.notClaimed?.memory)
      invariants.push({
        claim: 'memory',
        holds: all(mm.pages.refs, (_, i) => or(ne(page, i + 1), not(isFree(mm.pages, i + 1)))),
        message: `${d.label} maps a page at ${what} that has been freed`,
      })
    const open = mm.open[va]
    if (!open || d.notClaimed?.coherence) continue
    const coherent = (so: Expr, message: string): Invariant => ({
      claim: 'coherence',
      holds: or(ne(open, 0), eq(page, 0), so, eq(mm.exited, 1)),
      message: `${d.label} ${message}, and no section is open`,
    })
    const pte = entry(mm, va)
    invariants.push(
      coherent(eq(page, pte), `maps a page at ${what} that the CPU page table no longer backs`),
    )
    const access = accessOf(mm, va)
    if (access)
      invariants.push(
        coherent(
          or(ne(page, pte), ne(access, READ_ONLY)),
          `may write at ${what}, where the CPU may only read`,
        ),
        coherent(
          or(ne(page, pte), ne(access, CLEAN)),
          `may write at ${what}, which the CPU takes for clean`,
        ),
      )
  }
  // Whoever has left may keep what it counted: it heard a start, and will not hear the end. Nor is there anything to count once
  // the mm has exited.
  const own = kernel.subscriptions.find((s) => s.name === d.label)
  const exits = own?.gone || mm.users ? [eq(mm.exited, 1)] : []
  const left = own?.gone && own.hashed ? [eq(own.hashed, 0), ...exits] : exits
  for (const { what, value } of d.inFlight)
    invariants.push({
      claim: 'balance',
      holds: or(not(quiet), eq(value, 0), ...left),
      message: `no section is open, and ${what} is not back to 0: a start that nobody ended`,
    })
  return invariants
}

/** Its page table, entry by entry, and what it keeps beside that. */
const pagesOf = ({ mm }: Kernel, { mapping, caches = [] }: Labelled): readonly CachedPage[] => [
  ...mm.virtualPages.map((va) => ({ what: entry(mm, va).name, va, page: mapping(va) })),
  ...caches,
]

/** What an invalidation has stopped must not stay so for ever. */
export const goalsOf = ({ stopped = [] }: Labelled): Goal[] =>
  stopped.map(({ what, value }) => ({
    claim: 'progress',
    holds: eq(value, 0),
    message: `${what} can never run again: an invalidation has stopped it`,
  }))

/** What the core itself counts. */
export function coreInvariants({ mm, intervals }: Kernel): Invariant[] {
  if (!intervals) return []
  const { active } = intervals
  return [
    {
      claim: 'balance',
      holds: or(not(noSectionOpen(mm)), eq(active, 0)),
      message: `no section is open, and ${active.name} is not back to 0`,
    },
  ]
}

export function notClaimed(
  instances: readonly Labelled[],
  scene: Scene,
): Partial<Record<ClaimId, string>> {
  const out: Partial<Record<ClaimId, string>> = {}
  if (!scene.measures?.some((m) => m.claim === 'oom')) out.oom = 'no OOM reaper runs here'
  for (const claim of ['memory', 'coherence'] as const) {
    const reasons = instances.map((d) => d.notClaimed?.[claim])
    if (reasons.length && reasons.every((r) => r !== undefined)) out[claim] = reasons.join('; ')
  }
  return out
}
