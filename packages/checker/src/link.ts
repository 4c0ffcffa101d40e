/**
 * Linking: the tasks of a world are recorded and unfolded into one automaton each. Then what cannot change is folded away and
 * equal futures are merged.
 */
import { closeExpr, type Expr, LabError, MAX_TASKS, type World } from '@mmulab/model'
import type { Linked, LockEdge } from './automaton.ts'
import { fingerprintOf } from './fingerprint.ts'
import { foldConstants } from './fold.ts'
import { createKeys } from './keys.ts'
import { at } from './layout.ts'
import { noteLockEdges } from './lock-edges.ts'
import { minimise } from './minimise.ts'
import { partsIn } from './parts.ts'
import { createContexts } from './place.ts'
import { foldRoots, type Root } from './possible.ts'
import { createRecorder } from './record.ts'
import { resolveFlags, unfold } from './unfold.ts'

/** Records and links the tasks of a world. */
export function link(world: World): Linked {
  if (world.tasks.length > MAX_TASKS)
    throw new LabError({
      code: 'TOO_MANY_TASKS',
      kind: 'plugin',
      message: `The world ${world.name} has ${world.tasks.length} tasks; at most ${MAX_TASKS} are possible.`,
    })
  const keys = createKeys()
  const recorder = createRecorder(keys)
  const lockOrder = new Map<string, LockEdge>()
  for (const { held, taken, by } of world.primed ?? [])
    lockOrder.set(`${held.cls}>${taken.cls}>primed`, {
      held,
      taken,
      heldMode: 'exclusive',
      takenMode: 'exclusive',
      task: by,
      stack: [],
      callback: false,
      source: '',
    })
  const contexts = createContexts()
  const roots = world.tasks.map(
    (task, index): Root => ({
      recording: recorder.record(task.main, task.args),
      partsOf: partsIn(index, world.tasks.length),
      possible: () => undefined,
    }),
  )
  const raw = foldRoots(roots).map((root, i) => unfold(world, at(world.tasks, i), root, contexts))
  // After unfolding, which refuses what would be followed for ever.
  for (const [i, task] of world.tasks.entries())
    noteLockEdges(task, at(roots, i).recording, contexts, lockOrder)
  const callbackClasses = [
    ...new Set([...lockOrder.values()].filter((e) => e.callback).map((e) => e.taken.cls)),
  ]
  const automata = raw.map((a) => resolveFlags(a, callbackClasses))
  const close = (e: Expr): Expr => closeExpr(e, 0, world.tasks.length)
  const folded = foldConstants(automata, (automaton) => minimise(automaton, keys))
  const fold = (e: Expr): Expr => folded.fold(close(e))
  const linked = {
    world,
    automata: folded.automata,
    variables: folded.variables,
    invariants: world.invariants.map((i) => ({ ...i, holds: fold(i.holds) })),
    goals: (world.goals ?? []).map((g) => ({ ...g, holds: fold(g.holds) })),
    sometimes: world.sometimes.map((s) => ('mark' in s.when ? s : { ...s, when: fold(s.when) })),
    measures: world.measures.map((m) => ({
      ...m,
      value: fold(m.value),
      ...(m.when && { when: fold(m.when) }),
    })),
    lockOrder: [...lockOrder.values()].filter((e) => e.held.cls !== ''),
    callbackClasses,
    size: {
      unminimised: raw.reduce((n, a) => n + a.nodes.length, 0),
      nodes: folded.automata.reduce((n, a) => n + a.nodes.length, 0),
      runs: recorder.runs,
    },
  }
  return { ...linked, fingerprint: fingerprintOf(linked) }
}
