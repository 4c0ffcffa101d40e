/** An expression as a question to packed states, in generated code. */
import type { Expr } from '@mmulab/model'
import { truthCode } from './expression-code.ts'
import type { Layout } from './layout.ts'

/** Asked of the packed states and where one begins in them. */
export type Predicate = (words: Int32Array, offset: number) => boolean

export function predicate(e: Expr, layout: Layout): Predicate {
  const words = Array.from({ length: layout.words }, (_, i) => `s${i}=w[o+${i}]`).join()
  const body = `const ${words};return !!(${truthCode(e, layout)})`
  return new Function('w', 'o', body) as Predicate
}
