/** A short name for what a world does: worlds that behave differently almost surely differ in it. */
import { showExpr } from '@mmulab/model'
import type { Flag, Linked, Node } from './automaton.ts'
import { once } from './once.ts'

export function fingerprintOf(linked: Omit<Linked, 'fingerprint'>): string {
  let a = 0x811c9dc5
  let b = 0x1b873593
  const add = (text: string): void => {
    for (let i = 0; i < text.length; i++) {
      const c = text.charCodeAt(i)
      a = Math.imul(a ^ c, 0x01000193)
      b = Math.imul(b ^ c, 0x85ebca6b) ^ (b >>> 13)
    }
  }
  const show = once(showExpr)
  const assigns = once((list: Node['assign']) =>
    list.map((x) => `${x.to.name}=${show(x.value)}`).join(),
  )
  for (const v of linked.variables) add(`${v.variable.name}:${v.variable.init}:${v.variable.max};`)
  for (const t of linked.automata) {
    add(`${t.name}{`)
    for (const n of t.nodes) {
      const edges = n.edges.map((e) => `${e.answer}>${e.to}:${flags(e.flags)}`).join()
      add(`${n.label}|${show(n.guard)}|${assigns(n.assign)}|${show(n.answer)}|${edges};`)
    }
  }
  for (const i of linked.invariants) add(`${i.claim}:${showExpr(i.holds)}`)
  for (const g of linked.goals) add(`${g.claim}>${showExpr(g.holds)}`)
  return [a, b].map((x) => (x >>> 0).toString(16).padStart(8, '0')).join('')
}

const flags = (list: readonly Flag[]): string => (list.length === 0 ? '[]' : JSON.stringify(list))
