/**
 * Where a task can stand while it is linked: stacks and contexts, each with a number, so that two places are compared without
 * being written out. There can be a hundred thousand of them, of which minimising leaves a few.
 */
import {
  applyEffect,
  applyStep,
  type Context,
  contextKey,
  type Effect,
  EMPTY_CONTEXT,
  type Step,
} from '@mmulab/model'
import type { Recorded, Recording } from './record.ts'

/** A node of a procedure, and where it returns to. */
export interface Stack {
  readonly node: Recorded
  readonly of: Recording
  readonly below: Stack | undefined
  readonly depth: number
  /** Names of the procedures, the innermost last. */
  readonly names: readonly string[]
  /** Equal for stacks of the same nodes. */
  readonly shape: number
}

export interface Stacks {
  push(below: Stack | undefined, node: Recorded, of: Recording): Stack
}

export function createStacks(): Stacks {
  let count = 0
  const shapeOf = remember((_below: number, _node: number) => count++)
  const namesOf = remember((below: readonly string[], name: string) => [...below, name])
  return {
    push: (below, node, of) => ({
      node,
      of,
      below,
      depth: (below?.depth ?? 0) + 1,
      names: namesOf(below?.names ?? NOBODY, of.procedure.name),
      shape: shapeOf(below?.shape ?? -1, node.id),
    }),
  }
}

const NOBODY: readonly string[] = []

/** A function that is asked once for each pair. */
function remember<A, B, C>(make: (a: A, b: B) => C): (a: A, b: B) => C {
  const made = new Map<A, Map<B, C>>()
  return (a, b) => {
    let of = made.get(a)
    if (!of) {
      of = new Map()
      made.set(a, of)
    }
    if (!of.has(b)) of.set(b, make(a, b))
    return of.get(b) as C
  }
}

/** Contexts, one object for all that are equal. */
export interface Contexts {
  readonly empty: Context
  number(c: Context): number
  afterEffect(c: Context, effect: Effect): Context
  afterStep(c: Context, step: Step, answer: number): Context
}

export function createContexts(): Contexts {
  const known = new Map<string, Context>()
  const numbers = new Map<Context, number>()
  const outcomesOf = remember((_before: Context, _cause: object): Context[] => [])

  const theOne = (c: Context): Context => {
    if (numbers.has(c)) return c
    const key = contextKey(c)
    let one = known.get(key)
    if (!one) {
      one = c
      numbers.set(c, known.size)
      known.set(key, c)
    }
    return one
  }
  /** What becomes of a context is worked out once for each cause and its outcome (0 or 1). */
  const once = (c: Context, cause: object, outcome: 0 | 1, apply: () => Context): Context => {
    const outcomes = outcomesOf(c, cause)
    outcomes[outcome] ??= theOne(apply())
    return outcomes[outcome]
  }

  return {
    empty: theOne(EMPTY_CONTEXT),
    number: (c) => numbers.get(c) ?? -1,
    afterEffect: (c, effect) => once(c, effect, 0, () => applyEffect(c, effect)),
    // A lock that is tried is taken or not, whatever else its answer says.
    afterStep: (c, step, answer) =>
      step.lock ? once(c, step, answer === 0 ? 0 : 1, () => applyStep(c, step, answer)) : c,
  }
}
