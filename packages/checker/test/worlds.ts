/** Small worlds for tests. */
import {
  type Body,
  type Invariant,
  procedure,
  type TaskSpec,
  task,
  type World,
} from '@mmulab/model'

/** A task out of a generator without arguments. */
export const run = (name: string, body: () => Body<unknown>, daemon = false): TaskSpec =>
  task(name, procedure(name, 'test', body), [], { daemon })

export function world(
  tasks: readonly TaskSpec[],
  parts: Partial<Omit<World, 'tasks'>> & { invariants?: readonly Invariant[] } = {},
): World {
  return {
    name: 'test',
    tasks,
    invariants: [],
    sometimes: [],
    measures: [],
    notClaimed: {},
    ...parts,
  }
}
