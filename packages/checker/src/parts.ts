/** What a task does in a step: its expressions closed, so that they speak of variables and numbers only. */
import { closeExpr, type Expr, type Step, type Target, TRUE, type Variable } from '@mmulab/model'
import type { Assignment, Node } from './automaton.ts'

export type Parts = Pick<Node, 'guard' | 'assign' | 'answer' | 'waits'>

export const NO_PARTS: Parts = {
  guard: TRUE,
  assign: [],
  answer: { k: 'num', n: 0 },
  waits: undefined,
}

/** What one task does in a step, the same objects wherever it does so. */
export function partsIn(index: number, tasks: number): (step: Step) => Parts {
  const close = (e: Expr): Expr => closeExpr(e, index, tasks)
  const expandTarget = (to: Target): Variable[] => {
    if (to.kind === 'variable') return [to]
    if (to.kind === 'per-task') return [to.slot(index)]
    return Array.from({ length: tasks }, (_, i) => to.of.slot(i))
  }
  const known = new Map<Step, Parts>()
  return (step) => {
    let parts = known.get(step)
    if (!parts) {
      const { waits } = step
      parts = {
        guard: close(step.guard),
        assign: step.assign.flatMap((a): Assignment[] =>
          expandTarget(a.to).map((to) => ({ to, value: close(a.value) })),
        ),
        answer: close(step.answer),
        waits: waits && { on: waits.on, ...(waits.holder && { holder: close(waits.holder) }) },
      }
      known.set(step, parts)
    }
    return parts
  }
}
