/** A callback that runs in a driver which has gone looks at what has been freed. */
import { type Body, load, type Variable, violate } from '@mmulab/model'

/** Costs a step only where a driver may leave. */
export function* stillThere(gone: Variable | undefined, what: string): Body<void> {
  if (gone && (yield* load(gone))) yield* violate('memory', `${what} is called after it was freed`)
}
