/** The decision of `alone-code.ts` once more, slow and obvious: read off the tables of `ample.ts` for one state at a time. */
import { evaluate, type Variable } from '@mmulab/model'
import type { AloneReduction } from '../src/alone.ts'
import type { Linked, Node } from '../src/automaton.ts'
import { type Barrier, concerns } from '../src/barriers.ts'
import { at, type Unpacked } from '../src/layout.ts'
import { plainReader } from '../src/plain.ts'

/** Whether `task` may go alone in a state. */
export function mayGo(
  linked: Linked,
  { tables }: AloneReduction,
  s: Unpacked,
  task: number,
): boolean {
  const { alone, inside, barriers, misleads, kinds } = tables
  const kindOf = (t: number): number => at(at(kinds, t), at(s.pcs, t))
  const read = plainReader(linked.variables, s)
  const nodeOf = (t: number): Node => at(at(linked.automata, t).nodes, at(s.pcs, t))
  const can = (t: number): boolean =>
    nodeOf(t).kind !== 'end' && evaluate(nodeOf(t).guard, read) !== 0
  const others = linked.automata.map((_, u) => u).filter((u) => u !== task)
  const pc = at(s.pcs, task)
  if (inside[task]?.[pc] === true) return true

  const free = ({ conflict, wakes, opens }: Barrier): boolean => {
    const active = new Set(others.filter(can))
    for (let size = -1; size !== active.size; ) {
      size = active.size
      for (const u of others)
        if (nodeOf(u).kind !== 'end')
          for (const v of active)
            if (v !== u && concerns(wakes, kindOf(u), v, at(s.pcs, v))) active.add(u)
    }
    return others.every((u) =>
      active.has(u)
        ? !concerns(conflict, kindOf(task), u, at(s.pcs, u)) && opens[u]?.[at(s.pcs, u)] !== 1
        : !concerns(misleads, kindOf(task), u, at(s.pcs, u)),
    )
  }
  return (
    alone[task]?.[pc] === true &&
    can(task) &&
    staysInside(nodeOf(task), read) &&
    barriers.some((b) => (!b.guard || evaluate(b.guard, read) === 0) && free(b))
  )
}

const staysInside = (n: Node, read: (v: Variable) => number): boolean =>
  n.assign.every(({ to, value }) => {
    const x = evaluate(value, read)
    return x >= to.min && x <= to.max
  }) &&
  (n.kind !== 'step' || n.edges.every((e) => e.to >= 0 || e.answer !== evaluate(n.answer, read)))
