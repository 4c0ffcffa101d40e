/** How a device goes: its notifier leaves while a section is open, or the mm exits. Nothing of it may be left behind. */
import { type CellReport, formatCell } from '@mmulab/compare'
import type { ClaimId } from '@mmulab/model'
import { broken, type Case, type CaseResult, KEPT, notApplicable } from './case.ts'
import type { Kit } from './kit.ts'
import type { Plan } from './plan.ts'
import type { CellRule } from './rules.ts'
import { guarded } from './shape.ts'

/** The twin is looked at right after it has left: then it may map nothing. */
export const LEAVING: readonly Plan[] = [
  { scenario: 'unregister-in-section', core: 'leaves', watched: true },
  { scenario: 'exit', core: 'leaves', watched: true },
  { scenario: 'kit-use-then-leave', core: 'leaves', watched: true },
]

/** What is asked of each of these cells. */
export const LEAVES_NOTHING: CellRule = {
  id: 'teardown',
  rule: 'A device that has left, or whose mm has exited, maps nothing, calls nothing and keeps nobody waiting.',
  kernelReference: 'mm/mmu_notifier.c:mmu_notifier_unregister, __mmu_notifier_release',
  asked: (plan) => LEAVING.includes(plan),
  claims: ['memory', 'context', 'deadlock', 'progress', 'warn', 'bound'],
}

export function teardown(kit: Kit): CaseResult {
  let asked = 0
  let open: string | undefined
  for (const plan of LEAVING) {
    const name = kit.name(plan)
    if (!name) continue
    asked++
    const report = kit.explore(name)
    const claim = LEAVES_NOTHING.claims.find((c) => report.result.claims[c].verdict === 'violated')
    if (claim) return told(report, claim)
    if (!report.result.complete) open = `in ${plan.scenario}: ${report.result.notCovered[0]}`
  }
  // A device with many parts makes an exit too large to be explored: then nothing is said.
  if (open !== undefined) return notApplicable(`not shown ${open}`)
  return asked ? KEPT : notApplicable('it never leaves, and no mm of it exits')
}

function told({ name, result, tokens }: CellReport, claim: ClaimId): CaseResult {
  const token = tokens.get(claim)
  return broken({
    message: result.claims[claim].message ?? claim,
    cell: formatCell(name),
    ...(token !== undefined && { token }),
  })
}

export const teardownCase = (kit: Kit): Case => ({
  id: LEAVES_NOTHING.id,
  rule: LEAVES_NOTHING.rule,
  kernelReference: LEAVES_NOTHING.kernelReference,
  run: () => guarded(() => teardown(kit)),
})
