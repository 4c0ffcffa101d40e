/**
 * Shared state. A variable is a small integer with a declared domain; it is identified by the object itself, so two
 * drivers may use the same name. Nothing is shared between procedures but variables.
 */
import { LabError } from './errors.ts'

export interface Variable {
  readonly kind: 'variable'
  /** As a kernel developer would write it: `kvm.mmu_notifier_count`, `pte[0]`. */
  readonly name: string
  readonly min: number
  readonly max: number
  readonly init: number
  /** Words for the values, from `min` on; numbers are printed where there are none. */
  readonly words: readonly string[] | undefined
}

/** One variable per task (what the kernel keeps in `current`, or which task holds a lock how often). */
export interface PerTask {
  readonly kind: 'per-task'
  readonly name: string
  readonly max: number
  /** The variable of task number `index`, counted from 0; made on first use. */
  slot(index: number): Variable
}

export interface Domain {
  readonly max: number
  readonly min?: number
  readonly init?: number
  readonly words?: readonly string[]
}

/**
 * Declares a variable. Its domain is what makes the set of recorded paths finite; leaving the domain at run time
 * is the verdict "bound exceeded" and never a silent wrap.
 */
export function variable(name: string, domain: Domain): Variable {
  const { max, min = 0, init = 0, words } = domain
  if (![min, max, init].every(Number.isInteger) || min > init || init > max || max - min > 65535)
    throw new LabError({
      code: 'DOMAIN',
      kind: 'plugin',
      message: `The variable ${name} has no usable domain: [${min}, ${max}] with the initial value ${init}.`,
      hint: 'A domain is a range of at most 65536 whole numbers that contains the initial value.',
    })
  return { kind: 'variable', name, min, max, init, words }
}

/** A flag: 0 or 1. */
export function flag(name: string, init = 0): Variable {
  return variable(name, { max: 1, init })
}

/** An array of variables, `name[0]` to `name[length - 1]`, each with the same domain. */
export function array(name: string, length: number, domain: Domain): Variable[] {
  return Array.from({ length }, (_, i) => variable(`${name}[${i}]`, domain))
}

export function perTask(name: string, max: number): PerTask {
  const slots: Variable[] = []
  return {
    kind: 'per-task',
    name,
    max,
    slot(index) {
      slots[index] ??= variable(`${name}@${index + 1}`, { max })
      return slots[index]
    },
  }
}
