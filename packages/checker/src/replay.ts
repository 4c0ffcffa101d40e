/**
 * Replay: a world run on the live generators, one chosen step at a time. This is what a person reads, so names, stacks and
 * values are exact; it shares nothing with the search but the model, and is tested against it.
 */
import {
  applyEffect,
  applyStep,
  type Body,
  type Choose,
  type ClaimId,
  type Context,
  closeExpr,
  contextComplaint,
  depthOf,
  type Effect,
  EMPTY_CONTEXT,
  evaluate,
  LabError,
  type Op,
  type Procedure,
  reclaimComplaint,
  type Step,
  type Target,
  type Variable,
  type World,
} from '@mmulab/model'

export interface Change {
  readonly variable: Variable
  readonly from: number
  readonly to: number
}

/** What one task did, in order; `depth` is how many frames were on its stack. */
export type Event =
  | {
      readonly kind: 'enter'
      readonly task: number
      readonly depth: number
      readonly procedure: Procedure<never[], unknown>
      readonly args: readonly unknown[]
    }
  | {
      readonly kind: 'leave'
      readonly task: number
      readonly depth: number
      readonly procedure: Procedure<never[], unknown>
      readonly value: unknown
    }
  | {
      readonly kind: 'step'
      readonly task: number
      readonly depth: number
      readonly op: Step | Choose
      readonly answer: number
      readonly changes: readonly Change[]
    }
  | {
      readonly kind: 'note'
      readonly task: number
      readonly depth: number
      readonly effect: Effect
    }
  | {
      readonly kind: 'violation'
      readonly task: number
      readonly depth: number
      readonly claim: ClaimId
      readonly message: string
    }
  | { readonly kind: 'finish'; readonly task: number; readonly depth: number }

interface Frame {
  readonly procedure: Procedure<never[], unknown>
  readonly body: Body<unknown>
}

interface Running {
  frames: Frame[]
  context: Context
  /** The op it stands at; undefined when it has finished. */
  op: Step | Choose | undefined
}

export interface Replay {
  readonly world: World
  /** Everything so far, what tasks did before their first step included. */
  readonly events: readonly Event[]
  read(v: Variable): number
  /** The op that a task stands at, or undefined when it has finished. */
  at(task: number): Step | Choose | undefined
  /** Names of the procedures on a task's stack, outermost first. */
  stack(task: number): string[]
  enabled(task: number): boolean
  finished(task: number): boolean
  /** Runs one step of a task; `choice` is the alternative where the op is a choice. Returns what happened in it. */
  step(task: number, choice?: number): Event[]
  /** True after BUG: nothing can run any more. */
  readonly halted: boolean
  /** Locks that a task holds, in the order in which it took them. */
  held(task: number): Context['held']
}

/** What live procedures cannot say of themselves. */
export interface ReplayOptions {
  /** Classes of the locks that callbacks take (`Linked.callbackClasses`): who reclaims with one held breaks a promise. None, by default. */
  readonly callbackClasses?: readonly string[]
}

/** Starts a world at its initial state. */
export function replay(world: World, { callbackClasses = [] }: ReplayOptions = {}): Replay {
  const tasks = world.tasks.length
  const values = new Map<Variable, number>()
  const read = (v: Variable): number => values.get(v) ?? v.init
  const events: Event[] = []
  let fresh: Event[] = []
  let halted = false
  const emit = (e: Event): void => {
    events.push(e)
    fresh.push(e)
  }

  const running = world.tasks.map((spec, index): Running => {
    const task: Running = { frames: [], context: EMPTY_CONTEXT, op: undefined }
    push(task, index, spec.main, spec.args)
    return task
  })
  for (const [index, task] of running.entries()) advance(task, index, undefined, true)

  function push(
    t: Running,
    task: number,
    procedure: Procedure<never[], unknown>,
    args: readonly unknown[],
  ): void {
    emit({ kind: 'enter', task, depth: t.frames.length, procedure, args })
    t.frames.push({ procedure, body: procedure.body(...(args as never[])) as Body<unknown> })
  }

  /** Lets a task run from an answer to its next real op. */
  function advance(t: Running, task: number, answer: unknown, starting = false): void {
    let value = answer
    let first = starting
    for (;;) {
      const frame = t.frames.at(-1)
      if (!frame) {
        t.op = undefined
        emit({ kind: 'finish', task, depth: 0 })
        return
      }
      const result = first ? frame.body.next() : frame.body.next(value)
      first = false
      if (result.done) {
        t.frames.pop()
        const { procedure } = frame
        emit({ kind: 'leave', task, depth: t.frames.length, procedure, value: result.value })
        value = result.value
        continue
      }
      const op: Op = result.value
      const complaint = contextComplaint(t.context, op, world.preemptRt)
      if (complaint) violation(t, task, complaint.claim as ClaimId, complaint.message)
      if (op.kind === 'step' || op.kind === 'choose') {
        t.op = op
        return
      }
      if (op.kind === 'call' || op.kind === 'jump') {
        if (op.kind === 'jump') {
          frame.body.return(undefined)
          t.frames.pop()
        }
        push(t, task, op.procedure, op.args)
        first = true
      } else if (op.kind === 'ask') {
        value = depthOf(t.context, op.field) > 0 ? 1 : 0
      } else {
        value = 0
        if (silent(t, task, op.effect)) return
      }
    }
  }

  function violation(t: Running, task: number, claim: ClaimId, message: string): void {
    emit({ kind: 'violation', task, depth: t.frames.length, claim, message })
  }

  /** True when the kernel stops here. */
  function silent(t: Running, task: number, effect: Effect): boolean {
    t.context = applyEffect(t.context, effect)
    if (effect.type !== 'violate') {
      emit({ kind: 'note', task, depth: t.frames.length, effect })
      if (effect.type !== 'reclaims') return false
      const message = reclaimComplaint(t.context.held, effect.what, callbackClasses)
      if (message !== undefined) violation(t, task, 'context', message)
      return false
    }
    violation(t, task, effect.claim as ClaimId, effect.message)
    if (effect.halts) halted = true
    return effect.halts
  }

  const close = (e: Step['guard'], task: number) => closeExpr(e, task, tasks)
  const targets = (to: Target, task: number): Variable[] => {
    if (to.kind === 'variable') return [to]
    if (to.kind === 'per-task') return [to.slot(task)]
    return running.map((_, i) => to.of.slot(i))
  }

  const get = (task: number): Running => {
    const t = running[task]
    if (!t) throw notPossible(`there is no task ${task}`)
    return t
  }

  function enabled(task: number): boolean {
    const { op } = get(task)
    if (!op || halted) return false
    return op.kind === 'choose' || evaluate(close(op.guard, task), read) !== 0
  }

  function step(task: number, choice = 0): Event[] {
    fresh = []
    const t = get(task)
    const { op } = t
    const name = world.tasks[task]?.name ?? `task ${task}`
    if (!op) throw notPossible(`${name} has finished`)
    if (!enabled(task)) throw notPossible(`${name} waits at ${op.label}`)
    const depth = t.frames.length
    if (op.kind === 'choose') {
      if (choice < 0 || choice >= op.count)
        throw notPossible(`${op.label} has no alternative ${choice}`)
      emit({ kind: 'step', task, depth, op, answer: choice, changes: [] })
      advance(t, task, choice)
      return fresh
    }
    const answer = evaluate(close(op.answer, task), read)
    const changes = op.assign.flatMap((a) => {
      const to = evaluate(close(a.value, task), read)
      return targets(a.to, task).map((variable) => ({ variable, from: read(variable), to }))
    })
    const out = changes.find((c) => c.to < c.variable.min || c.to > c.variable.max)
    emit({ kind: 'step', task, depth, op, answer, changes: changes.filter((c) => c.from !== c.to) })
    if (out) {
      const { name: what, min, max } = out.variable
      violation(
        t,
        task,
        'bound',
        `${what} would become ${out.to}, outside its domain ${min}..${max}`,
      )
      halted = true
      return fresh
    }
    for (const c of changes) values.set(c.variable, c.to)
    t.context = applyStep(t.context, op, answer)
    advance(t, task, answer)
    return fresh
  }

  return {
    world,
    events,
    read,
    at: (task) => get(task).op,
    stack: (task) => get(task).frames.map((f) => f.procedure.name),
    enabled,
    finished: (task) => get(task).op === undefined && !halted,
    step,
    get halted() {
      return halted
    },
    held: (task) => get(task).context.held,
  }
}

const notPossible = (why: string): LabError =>
  new LabError({
    code: 'SCHEDULE_DOES_NOT_FIT',
    kind: 'usage',
    message: `The schedule cannot be run in this world: ${why}.`,
    hint: 'Make the token anew with `mmulab check`.',
  })
