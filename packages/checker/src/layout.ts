/**
 * Where everything sits in a packed state: each program counter and each variable has a bit field in one of a few 32-bit
 * words. A field never straddles two words, so that reading it is one shift and one mask.
 */
import { LabError, type Variable } from '@mmulab/model'
import type { Linked } from './automaton.ts'

export interface Field {
  readonly word: number
  readonly shift: number
  /** 0 when only one value is possible: nothing is stored then. */
  readonly bits: number
  /** The field holds the value minus `min`. */
  readonly min: number
  readonly max: number
}

export interface Layout {
  readonly words: number
  /** One per automaton, in order. */
  readonly pcs: readonly Field[]
  /** One per linked variable, in order. */
  readonly variables: readonly Field[]
  readonly fieldOf: ReadonlyMap<Variable, Field>
}

/** A state as people and plain code see it. */
export interface Unpacked {
  readonly pcs: readonly number[]
  readonly values: readonly number[]
}

interface Wanted {
  readonly min: number
  readonly max: number
  readonly bits: number
  readonly order: number
}

/** First-fit decreasing: the widest fields first, each into the first word that still has room for it. */
export function layOut(linked: Linked): Layout {
  const ranges = [
    ...linked.automata.map((a) => ({ min: 0, max: a.nodes.length - 1 })),
    ...linked.variables.map((v) => ({ min: v.min, max: v.max })),
  ]
  const wanted: Wanted[] = ranges.map((r, order) => ({ ...r, bits: bitsFor(r.max - r.min), order }))
  const used: number[] = [0]
  const fields: Field[] = []
  for (const w of [...wanted].sort((a, b) => b.bits - a.bits || a.order - b.order)) {
    let word = used.findIndex((n) => n + w.bits <= 32)
    if (word < 0) word = used.push(0) - 1
    const shift = used[word] ?? 0
    used[word] = shift + w.bits
    fields[w.order] = {
      word,
      shift: w.bits === 0 ? 0 : shift,
      bits: w.bits,
      min: w.min,
      max: w.max,
    }
  }
  const pcs = fields.slice(0, linked.automata.length)
  const variables = fields.slice(linked.automata.length)
  const fieldOf = new Map(linked.variables.map((v, i) => [v.variable, at(variables, i)]))
  return { words: used.length, pcs, variables, fieldOf }
}

const bitsFor = (span: number): number => (span <= 0 ? 0 : 32 - Math.clz32(span))

/** As many ones as the field has bits, at the low end. */
export const lowMask = (f: Field): number => (f.bits === 0 ? 0 : -1 >>> (32 - f.bits))

/** The bits of a field in its word. */
export const maskOf = (f: Field): number => lowMask(f) << f.shift

/** `value` where the field keeps it. */
export const placed = (f: Field, value: number): number => (value - f.min) << f.shift

export const readField = (f: Field, words: ArrayLike<number>, offset = 0): number =>
  f.min + (((words[offset + f.word] ?? 0) >>> f.shift) & lowMask(f))

export function pack(
  layout: Layout,
  pcs: readonly number[],
  values: readonly number[],
): Int32Array {
  const out = new Int32Array(layout.words)
  const put = (f: Field, value: number): void => {
    if (value < f.min || value > f.max)
      throw new LabError({
        code: 'RANGE',
        kind: 'internal',
        message: `The value ${value} does not fit a field for [${f.min}, ${f.max}].`,
      })
    out[f.word] = (out[f.word] ?? 0) | (f.bits === 0 ? 0 : placed(f, value))
  }
  for (const [i, f] of layout.pcs.entries()) put(f, at(pcs, i))
  for (const [i, f] of layout.variables.entries()) put(f, at(values, i))
  return out
}

export function unpack(layout: Layout, words: ArrayLike<number>, offset = 0): Unpacked {
  return {
    pcs: layout.pcs.map((f) => readField(f, words, offset)),
    values: layout.variables.map((f) => readField(f, words, offset)),
  }
}

/** The field of a variable; one of no bits for a variable that linking found to be a constant. */
export const fieldFor = (layout: Layout, v: Variable): Field =>
  layout.fieldOf.get(v) ?? { word: 0, shift: 0, bits: 0, min: v.init, max: v.init }

/** Where all tasks start and all variables have their initial values. */
export const initialState = (linked: Linked): Unpacked => ({
  pcs: linked.automata.map((a) => a.start),
  values: linked.variables.map((v) => v.variable.init),
})

/** An element that is known to be there. */
export function at<T>(list: ArrayLike<T>, index: number): T {
  const x = list[index]
  if (x === undefined)
    throw new LabError({
      code: 'INDEX',
      kind: 'internal',
      message: `There is no element ${index} in a list of ${list.length}.`,
    })
  return x
}
