/** Arrays of numbers that grow. */
import { orNothing } from './store.ts'

/** The array itself, or a larger one with the same content; nothing where there is no memory for it. */
export function withRoom(array: Int32Array, length: number): Int32Array | undefined {
  if (length <= array.length) return array
  const grown = orNothing(() => new Int32Array(Math.max(length, Math.ceil(array.length * 1.5))))
  grown?.set(array)
  return grown
}
