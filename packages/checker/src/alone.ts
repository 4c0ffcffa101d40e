/** Which task, if any, may go alone in a state: what the reductions that were asked for come to in one world. */
import { aloneCode, wordNames } from './alone-code.ts'
import { type AloneTables, aloneTables } from './alone-tables.ts'
import {
  AMPLE_RULES,
  type AmpleRules,
  type AmpleTables,
  type Attainable,
  ampleTables,
} from './ample.ts'
import { attainableIn } from './attainable.ts'
import type { Linked } from './automaton.ts'
import { orbitsOfPlaces } from './exchange.ts'
import type { Layout } from './layout.ts'
import type { Reductions } from './reductions.ts'
import { neededIn, slicer } from './slicing.ts'
import { type Apart, type Symmetry, type SymmetryReport, symmetryReport } from './symmetry.ts'

export interface Reduction {
  /** The world that is explored: without what nobody needs to know, where slicing was asked for. */
  readonly explored: Linked
  /** Where a task may go alone; undefined where everybody has a turn everywhere. */
  readonly alone: AloneReduction | undefined
  /** States reached by a task that may go on alone, by one way only, are passed through and not kept. */
  readonly fuses: boolean
  /** Of states that differ in which of several equal tasks is where, one is kept; undefined where no tasks are equal. */
  readonly symmetry: Symmetry | undefined
  /** Who looks alike and is not, where symmetry was asked for. */
  readonly apart: readonly Apart[]
}

export interface AloneReduction {
  readonly tables: AmpleTables
  readonly words: AloneTables
  /** The functions of `alone-code.ts`; `tables` in them is `words`. */
  code(layout: Layout): string
  /** What becomes of the words of `wasm/alone-data.ts`. */
  readonly block: AmpleRules['block']
}

export function reductionOf(
  linked: Linked,
  r: Reductions,
  rules: AmpleRules = AMPLE_RULES,
): Reduction {
  const { partialOrder: isDynamic = false, fusion: fuses = false, slicing = false } = r
  const isAlone = isDynamic || fuses
  const attainable = isAlone || slicing ? attainableIn(linked, rules.attainable) : linked
  const here = isAlone || slicing ? rules.rangesAt(attainable) : []
  const slice = slicing ? slicer(neededIn(attainable, here, rules.slicing)) : (l: Linked) => l
  const explored = slice(linked)
  const none: SymmetryReport = { symmetry: undefined, apart: [] }
  const { symmetry, apart } = r.symmetry ? symmetryReport(explored, rules.symmetry) : none
  if (!isAlone) return { explored, alone: undefined, fuses, symmetry, apart }
  const tables = tablesFor({ linked: slice(attainable), here }, isDynamic, symmetry, rules)
  const words = aloneTables(explored, tables)
  const code = (layout: Layout): string =>
    rules.code(aloneCode(explored.automata, layout, words, tables.barriers))
  return { explored, alone: { tables, words, code, block: rules.block }, fuses, symmetry, apart }
}

/**
 * Tasks that change places go alone at the same places. If the loops of one were cut elsewhere than those of the other, a task that
 * goes round a loop alone, now under one name and now under the other, would never stop.
 */
function tablesFor(
  attainable: Attainable,
  dynamic: boolean,
  symmetry: Symmetry | undefined,
  rules: AmpleRules,
): AmpleTables {
  const tables = ampleTables(attainable, dynamic, rules)
  if (!symmetry) return tables
  const { automata } = attainable.linked
  const orbits = orbitsOfPlaces(automata, symmetry.exchanges)
  const orbitsWhere = (test: (t: number, i: number) => boolean): Set<number | undefined> =>
    new Set(
      automata.flatMap((a, t) => a.nodes.flatMap((_, i) => (test(t, i) ? [orbits[t]?.[i]] : []))),
    )
  // What is asked of critical sections is the same of each of them. Should it not be, they are ops like others.
  const inside = orbitsWhere((t, i) => tables.inside[t]?.[i] === true)
  const outside = orbitsWhere((t, i) => tables.inside[t]?.[i] !== true)
  if ([...inside].some((orbit) => outside.has(orbit)))
    return tablesFor(attainable, dynamic, symmetry, {
      ...rules,
      critical: { ...rules.critical, on: false },
    })
  const not = orbitsWhere((t, i) => tables.alone[t]?.[i] !== true)
  return {
    ...tables,
    alone: tables.alone.map((may, t) => may.map((_, i) => !not.has(orbits[t]?.[i]))),
  }
}

/** The decision by itself. */
export interface Alone {
  /** The task that goes alone in a packed state, or -1 where everybody has a turn. */
  who(words: Int32Array, offset: number): number
  /** Whether `task` may go alone there by a step that tells nobody anything, so that the state need not be kept. */
  goesOn(words: Int32Array, offset: number, task: number): boolean
}

export function createAlone(linked: Linked, layout: Layout, { alone }: Reduction): Alone {
  if (!alone) return { who: () => -1, goesOn: () => false }
  const names = wordNames(layout)
  const load = `const ${Array.from({ length: layout.words }, (_, i) => `s${i}=w[o+${i}]`).join()};`
  const cases = linked.automata.map(
    (_, t) => `case ${t}:return isStep${t}(${names})&&goes${t}(${names});`,
  )
  const source = `'use strict';${alone.code(layout)}
return {who(w,o){${load}return alone(${names})},
goesOn(w,o,t){${load}fresh();switch(t){${cases.join('')}}return false}}`
  return new Function('tables', source)(alone.words) as Alone
}
