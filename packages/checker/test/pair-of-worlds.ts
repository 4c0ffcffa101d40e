/**
 * Two random worlds beside each other, which meet in some of their variables only: in worlds in which everybody touches everything
 * there is nothing to reduce.
 */
import { type Expr, mapExpr, type Variable, variable } from '@mmulab/model'
import type { Automaton, Linked } from '../src/automaton.ts'
import { linkedOf } from './build.ts'
import { randomFrom, randomWorld } from './random-world.ts'

export function pairOfWorlds(seed: number): Linked {
  const r = randomFrom(seed)
  const [a, b] = [randomWorld(seed * 2 + 90_001), randomWorld(seed * 2 + 90_002)]
  const theirs = a.variables.map((v) => v.variable)
  const same = new Map<Variable, Variable>()
  for (const { variable: v } of b.variables) {
    const fit = theirs.filter((m) => m.min === v.min && m.max === v.max)
    const to = fit[r(fit.length)]
    const own = variable(`b.${v.name}`, { min: v.min, max: v.max, init: v.init })
    same.set(v, to && r(2) === 0 ? to : own)
  }
  const moved = (e: Expr): Expr =>
    mapExpr(e, (x) => (x.k === 'var' ? { k: 'var', v: same.get(x.v) ?? x.v } : x))
  const guests = b.automata.slice(0, 2).map(
    (x): Automaton => ({
      ...x,
      name: `b.${x.name}`,
      nodes: x.nodes.map((n) => ({
        ...n,
        guard: moved(n.guard),
        answer: moved(n.answer),
        assign: n.assign.map((s) => ({ to: same.get(s.to) ?? s.to, value: moved(s.value) })),
        waits: n.waits?.holder ? { ...n.waits, holder: moved(n.waits.holder) } : n.waits,
      })),
    }),
  )
  const claims = r(3)
  return linkedOf([...a.automata, ...guests], [...new Set([...theirs, ...same.values()])], {
    invariants: a.invariants.slice(0, claims),
    sometimes: a.sometimes,
    measures: a.measures.slice(0, r(3)),
    goals: claims === 2 ? b.goals.map((g) => ({ ...g, holds: moved(g.holds) })) : a.goals,
  })
}
