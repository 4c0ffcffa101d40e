/**
 * Which task, if any, may go alone in a state: `ample.ts` made into code that runs on packed states.
 *
 * A task may go alone when no op that others could run before it moves depends on its next one. "Others" are those who can run
 * now, and those whom these could wake; somebody who waits for the task itself comes too late to matter.
 */
import { type AmpleRules, type AmpleTables, ampleTables, type Barrier } from './ample.ts'
import type { Linked, Node } from './automaton.ts'
import { intervalOf, truthCode, valueCode } from './expression-code.ts'
import { at, type Layout, readField } from './layout.ts'
import type { Reductions } from './reductions.ts'
import { pcCode } from './task-code.ts'

export interface Reduction {
  readonly tables: AmpleTables
  /** States reached by a task that may go on alone, by one way only, are passed through and not kept. */
  readonly fuses: boolean
}

export const reductionOf = (linked: Linked, r: Reductions, rules?: AmpleRules): Reduction => ({
  tables: ampleTables(linked, r.partialOrder === true, rules),
  fuses: r.fusion === true,
})

/** What generated code asks of a packed state. */
export interface Alone {
  /** The task that goes alone, or -1 where everybody has a turn. */
  who(words: Int32Array, offset: number): number
  /** Whether that task's next op is a step that tells nobody anything: it has one outcome, which is all there is to it. */
  isStep(words: Int32Array, offset: number, task: number): boolean
}

export function createAlone(linked: Linked, layout: Layout, { tables }: Reduction): Alone {
  const { automata } = linked
  const { alone, barriers, misleads } = tables
  const tasks = automata.length
  const look = enabledCode(linked, layout)
  const shutOf = shutCode(barriers, layout)
  const seen = new Int32Array(2)
  const waits = automata.map((a) => Uint8Array.from(a.nodes, (n) => (n.kind === 'end' ? 0 : 1)))
  const steps = automata.map((a) =>
    Uint8Array.from(a.nodes, (n) =>
      n.kind === 'step' && n.edges.every((e) => e.flags.length === 0) ? 1 : 0,
    ),
  )
  const pcs = new Int32Array(tasks)

  /** Whether nobody can get in the way of `task` before it moves, so long as the barrier is shut. */
  const free = (task: number, enabled: number, { conflict, wakes, opens }: Barrier): boolean => {
    const against = at(at(conflict, task), pcs[task] as number)
    let active = enabled & ~(1 << task)
    for (let looked = 0; looked !== active; ) {
      const news = active & ~looked
      for (let v = 0; v < tasks; v++) {
        if (!((news >> v) & 1)) continue
        const pc = pcs[v] as number
        if (at(against, v)[pc] === 1 || at(opens, v)[pc] === 1) return false
      }
      looked = active
      for (let u = 0; u < tasks; u++) {
        if (u === task || (active >> u) & 1 || at(waits, u)[pcs[u] as number] === 0) continue
        const by = at(at(wakes, u), pcs[u] as number)
        for (let v = 0; v < tasks; v++)
          if ((looked >> v) & 1 && at(by, v)[pcs[v] as number] === 1) active |= 1 << u
      }
    }
    // Those who wait until the task has moved must go on waiting for the same ones.
    const changes = at(at(misleads, task), pcs[task] as number)
    for (let u = 0; u < tasks; u++)
      if (!((active >> u) & 1) && at(changes, u)[pcs[u] as number] === 1) return false
    return true
  }

  return {
    who(words, offset) {
      let any = false
      for (let t = 0; t < tasks; t++) {
        pcs[t] = readField(at(layout.pcs, t), words, offset)
        any ||= at(alone, t)[pcs[t] as number] === true
      }
      if (!any) return -1
      look(words, offset, seen)
      const enabled = seen[0] as number
      const inside = seen[1] as number
      const shut = shutOf(words, offset)
      for (let t = 0; t < tasks; t++) {
        if (!((inside >> t) & 1) || at(alone, t)[pcs[t] as number] !== true) continue
        for (let b = 0; b < barriers.length; b++)
          if ((shut >> b) & 1 && free(t, enabled, at(barriers, b))) return t
      }
      return -1
    },
    isStep: (words, offset, task) =>
      at(steps, task)[readField(at(layout.pcs, task), words, offset)] === 1,
  }
}

/** A bit for each barrier whose guard does not hold in a packed state; the one without a guard counts as shut. */
function shutCode(
  barriers: readonly Barrier[],
  layout: Layout,
): (words: Int32Array, offset: number) => number {
  const words = Array.from({ length: layout.words }, (_, i) => `s${i}=w[o+${i}]`).join()
  const bits = barriers.map(({ guard }, i) =>
    guard ? `(${truthCode(guard, layout)}?0:${1 << i})` : `${1 << i}`,
  )
  return new Function('w', 'o', `const ${words};return ${bits.join('|')}`) as (
    words: Int32Array,
    offset: number,
  ) => number
}

/**
 * Of a packed state a bit for each task whose next op can run, and a bit for each for which, besides, no variable leaves its domain
 * by that. Others cannot change that before the task moves, or it would not go alone.
 */
function enabledCode(
  linked: Linked,
  layout: Layout,
): (words: Int32Array, offset: number, seen: Int32Array) => void {
  const words = Array.from({ length: layout.words }, (_, i) => `s${i}=w[o+${i}]`).join()
  const bits = linked.automata.map((a, t) => {
    const cases = a.nodes.map((n, i) => {
      if (n.kind === 'end') return ''
      const inside = staysInside(n, layout)
      const then = `m|=${1 << t};${inside === 'true' ? '' : `if(${inside})`}k|=${1 << t};`
      return `case ${i}:if(${truthCode(n.guard, layout)}){${then}}break;`
    })
    return `switch(${pcCode(layout, t)}){${cases.join('')}}`
  })
  const body = `const ${words};let m=0,k=0;${bits.join('')}seen[0]=m;seen[1]=k`
  return new Function('w', 'o', 'seen', body) as ReturnType<typeof enabledCode>
}

function staysInside(n: Node, layout: Layout): string {
  const tests = n.assign.flatMap(({ to, value }) => {
    const [low, high] = intervalOf(value, layout)
    const x = valueCode(value, layout)
    return [
      ...(low < to.min ? [`${x}>=${to.min}`] : []),
      ...(high > to.max ? [`${x}<=${to.max}`] : []),
    ]
  })
  return tests.join('&&') || 'true'
}
