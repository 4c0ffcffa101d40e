/** Procedures that would be followed for ever: clear errors instead. */
import { LabError, type TaskSpec } from '@mmulab/model'
import type { Recording } from './record.ts'

export const SILENT_LIMIT = 10_000
export const STACK_LIMIT = 64
/** Locks held, sections and duties open at once; more means that a loop takes them and never gives them back. */
export const HELD_LIMIT = 64

export const tooDeep = (task: TaskSpec, { procedure }: Recording): LabError =>
  new LabError({
    code: 'STACK_TOO_DEEP',
    kind: 'plugin',
    message: `${task.name} nests more than ${STACK_LIMIT} calls.`,
    where: procedure.name,
    hint: RETRY,
  })

export const endless = (task: TaskSpec, { procedure }: Recording): LabError =>
  new LabError({
    code: 'LOOP_WITHOUT_STEP',
    kind: 'plugin',
    message: `${task.name} loops without any op in between.`,
    where: procedure.name,
    hint: RETRY,
  })

export const hoarding = (task: TaskSpec, { procedure }: Recording): LabError =>
  new LabError({
    code: 'UNBOUNDED_CONTEXT',
    kind: 'plugin',
    message: `${task.name} takes locks or opens sections in an endless loop and never gives them back.`,
    where: procedure.name,
    hint: 'Bound the loop, or give back in each round what it takes.',
  })

const RETRY = 'A retry loop must touch shared state, or give up, before it starts again.'
