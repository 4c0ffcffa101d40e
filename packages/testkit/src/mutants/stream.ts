/** Changes to a stream of ops, none of which knows what the ops are about. */
import type { Body, Op, Step } from '@mmulab/model'

/** What is done instead of an op: another one or none; and what the procedure is told. */
export interface Instead {
  readonly op?: Op
  readonly answer?: number
}

/** A number by itself or that of a page, not one in a name such as i915; and a driver of the kit's own, whichever it is. */
const VARYING = /(?<![a-z\d])\d+|(?<=page)\d+/gi
/** The interval notifiers of a driver that has one for each of its objects. */
const OTHER_INTERVAL = /(mmu_interval_\w+\([^,)]*)\[·\]/g
const PROBE = /\bprobe-[a-z]+\d?/g

/** Words without what varies, so that a line of the source that is run for several pages or notifiers is one place. */
export const withoutNumbers = (words: string): string =>
  words.replace(PROBE, 'a probe').replace(VARYING, '·').replace(OTHER_INTERVAL, '$1')

/** Callbacks of the kit's own drivers are called from one line, whatever they are named. */
const calleeOf = ({
  name,
  source,
}: {
  readonly name: string
  readonly source: { readonly at: string }
}) => (/^a probe/.test(source.at) ? 'the callback' : name)

export const lineOfLabel = (label: string): string =>
  withoutNumbers(label).replace(/([^ (]*·\]?)(, \1)+/g, '$1')

export const lineOf = (op: Op): string => {
  switch (op.kind) {
    case 'step':
    case 'choose':
      return lineOfLabel(op.label)
    case 'call':
    case 'jump':
      return calleeOf(op.procedure)
    default:
      return ''
  }
}

/** Replaces ops one by one; `before` is the line of the op before it. */
export function* replaced(
  body: Body<unknown>,
  decide: (op: Op, before: string) => Instead | undefined,
): Body<unknown> {
  let before = ''
  for (let step = body.next(); ; ) {
    if (step.done) return step.value
    const op = step.value
    const instead = decide(op, before)
    if (op.kind !== 'silent') before = lineOf(op)
    const answer: unknown = instead ? (instead.op ? yield instead.op : 0) : yield op
    step = body.next(instead?.answer ?? answer)
  }
}

/** A step whose answer is always the same, and that number. */
export const constantAnswer = (op: Op): number | undefined =>
  op.kind === 'step' && op.answer.k === 'num' ? op.answer.n : undefined

/** Does `second` before `first` wherever the one follows the other, with at most barriers in between. */
export function* swapped(body: Body<unknown>, first: string, second: string): Body<unknown> {
  let step = body.next()
  for (;;) {
    if (step.done) return step.value
    const op = step.value
    const answer = lineOf(op) === first ? constantAnswer(op) : undefined
    if (answer === undefined) {
      step = body.next(yield op)
      continue
    }
    const between: Op[] = []
    step = body.next(answer)
    while (!step.done && step.value.kind === 'silent') {
      between.push(step.value)
      step = body.next(0)
    }
    if (!step.done && step.value.kind === 'step' && lineOf(step.value) === second) {
      const told: unknown = yield step.value
      yield* between
      yield op
      step = body.next(told)
    } else {
      yield op
      yield* between
    }
  }
}

/** Changes what a procedure returns. */
export function* returning(
  body: Body<unknown>,
  change: (value: unknown) => unknown,
): Body<unknown> {
  return change(yield* body)
}

/** The step without its effect. */
export const idle = (op: Step): Step => ({ ...op, assign: [] })
