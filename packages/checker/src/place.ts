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
  const shapes = createPairs()
  /** By shape, the first that had it. */
  const made: Stack[] = []
  const namesOf = remember((below: readonly string[], name: string) => [...below, name])
  return {
    push(below, node, of) {
      const shape = shapes.number(below?.shape ?? -1, node.id)
      const known = made[shape]
      // Procedures with equal futures have nodes in common, and each has its own name.
      if (known && known.below === below && known.of === of) return known
      const names = namesOf(below?.names ?? NOBODY, of.procedure.name)
      const stack = { node, of, below, depth: (below?.depth ?? 0) + 1, names, shape }
      if (!known) made.push(stack)
      return stack
    },
  }
}

const NOBODY: readonly string[] = []

/** A function that is asked once for each pair. */
function remember<A, B, C extends object>(make: (a: A, b: B) => C): (a: A, b: B) => C {
  const made = new Map<A, Map<B, C>>()
  return (a, b) => {
    let of = made.get(a)
    if (!of) {
      of = new Map()
      made.set(a, of)
    }
    let c = of.get(b)
    if (c === undefined) {
      c = make(a, b)
      of.set(b, c)
    }
    return c
  }
}

/** Pairs of numbers, the second not negative, numbered as they come. */
export function createPairs(): { number(a: number, b: number): number; readonly count: number } {
  const made: Map<number, number>[] = []
  let count = 0
  return {
    number(a, b) {
      made[b] ??= new Map()
      const of = made[b]
      let number = of.get(a)
      if (number === undefined) {
        number = count++
        of.set(a, number)
      }
      return number
    },
    get count() {
      return count
    },
  }
}

/** A context; one object for all that are equal. */
export interface Within {
  readonly context: Context
  readonly number: number
  /** Locks held, sections and duties open. */
  readonly size: number
}

export interface Contexts {
  readonly empty: Within
  afterEffect(w: Within, effect: Effect): Within
  afterStep(w: Within, step: Step, answer: number): Within
}

/** With what becomes of it, worked out once for each cause and its outcome (0 or 1). */
interface Kept extends Within {
  readonly after: Map<object, Kept[]>
}

export function createContexts(): Contexts {
  const known = new Map<string, Kept>()
  const theOne = (context: Context): Kept => {
    const key = contextKey(context)
    let one = known.get(key)
    if (!one) {
      const { depth, held, duties } = context
      const open = Object.values(depth).reduce((n: number, d) => n + Math.abs(d ?? 0), 0)
      const size = held.length + duties.length + open
      one = { context, number: known.size, size, after: new Map() }
      known.set(key, one)
    }
    return one
  }
  const once = (w: Within, cause: object, outcome: 0 | 1, apply: () => Context): Kept => {
    const { after } = w as Kept
    let becomes = after.get(cause)
    if (!becomes) {
      becomes = []
      after.set(cause, becomes)
    }
    becomes[outcome] ??= theOne(apply())
    return becomes[outcome]
  }
  return {
    empty: theOne(EMPTY_CONTEXT),
    afterEffect: (w, effect) => once(w, effect, 0, () => applyEffect(w.context, effect)),
    // A lock that is tried is taken or not, whatever else its answer says.
    afterStep: (w, step, answer) =>
      step.lock ? once(w, step, answer === 0 ? 0 : 1, () => applyStep(w.context, step, answer)) : w,
  }
}
