/** Which task, if any, may go alone in a state: what the reductions that were asked for come to in one world. */
import { aloneCode, wordNames } from './alone-code.ts'
import { type AloneTables, aloneTables } from './alone-tables.ts'
import { AMPLE_RULES, type AmpleRules, type AmpleTables, ampleTables } from './ample.ts'
import type { Linked } from './automaton.ts'
import type { Layout } from './layout.ts'
import type { Reductions } from './reductions.ts'

export interface Reduction {
  readonly tables: AmpleTables
  readonly words: AloneTables
  /** States reached by a task that may go on alone, by one way only, are passed through and not kept. */
  readonly fuses: boolean
  /** The functions of `alone-code.ts`; `tables` in them is `words`. */
  code(layout: Layout): string
}

export function reductionOf(
  linked: Linked,
  r: Reductions,
  rules: AmpleRules = AMPLE_RULES,
): Reduction {
  const tables = ampleTables(linked, r.partialOrder === true, rules)
  const words = aloneTables(linked, tables)
  return {
    tables,
    words,
    fuses: r.fusion === true,
    code: (layout) => rules.code(aloneCode(linked.automata, layout, words, tables.barriers)),
  }
}

/** The decision by itself. */
export interface Alone {
  /** The task that goes alone in a packed state, or -1 where everybody has a turn. */
  who(words: Int32Array, offset: number): number
  /** Whether `task` may go alone there by a step that tells nobody anything, so that the state need not be kept. */
  goesOn(words: Int32Array, offset: number, task: number): boolean
}

export function createAlone(linked: Linked, layout: Layout, reduction: Reduction): Alone {
  const names = wordNames(layout)
  const load = `const ${Array.from({ length: layout.words }, (_, i) => `s${i}=w[o+${i}]`).join()};`
  const cases = linked.automata.map(
    (_, t) => `case ${t}:return isStep${t}(${names})&&goes${t}(${names});`,
  )
  const source = `'use strict';${reduction.code(layout)}
return {who(w,o){${load}return alone(${names})},
goesOn(w,o,t){${load}fresh();switch(t){${cases.join('')}}return false}}`
  return new Function('tables', source)(reduction.words) as Alone
}
