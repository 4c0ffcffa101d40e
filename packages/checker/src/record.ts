/**
 * Recording: a procedure is run once for every possible sequence of op results, and what it yields becomes a graph.
 *
 * Equal futures are shared as the graph is built (hash-consing). A call's results are the values its callee was seen to
 * return; recursion is solved by recording again until no set of returned values grows. Every path is run a second
 * time at the end: a procedure that yields anything else then is not deterministic, and is refused.
 */
import { type Body, LabError, type Op, type Procedure, valuesOf } from '@mmulab/model'
import { type Keys, sameStep } from './keys.ts'

/** A node of a procedure's graph. */
export type Recorded =
  | {
      readonly id: number
      readonly kind: 'op'
      readonly op: Op
      readonly next: ReadonlyMap<string, Recorded>
      readonly callee?: Recording
      readonly answers: readonly number[]
    }
  | { readonly id: number; readonly kind: 'return'; readonly value: string }

export interface Recording {
  readonly key: string
  readonly procedure: Procedure<never[], unknown>
  readonly args: readonly unknown[]
  root: Recorded | undefined
  /** Returned values by key, those of procedures it jumps to included. */
  readonly returns: Map<string, unknown>
  readonly jumps: Set<Recording>
  /** How many returned values each callee had when this was recorded. */
  readonly seen: Map<Recording, number>
}

export interface Recorder {
  record(procedure: Procedure<never[], unknown>, args: readonly unknown[]): Recording
  /** Times a generator was started. */
  readonly runs: number
}

const PATH_LIMIT = 20_000
const LENGTH_LIMIT = 1_000

type Any = Body<unknown>

export function createRecorder(keys: Keys): Recorder {
  const recordings = new Map<string, Recording>()
  const interned = new Map<string, Recorded>()
  let runs = 0

  const intern = (key: string, make: (id: number) => Recorded): Recorded => {
    let node = interned.get(key)
    if (!node) {
      node = make(interned.size)
      interned.set(key, node)
    }
    return node
  }

  const start = (r: Recording): Any => {
    runs++
    return r.procedure.body(...(r.args as never[])) as Any
  }

  function lookUp(procedure: Procedure<never[], unknown>, args: readonly unknown[]): Recording {
    const key = `${keys.identity(procedure)}(${args.map(keys.value).join()})`
    let r = recordings.get(key)
    if (!r) {
      r = {
        key,
        procedure,
        args,
        root: undefined,
        returns: new Map(),
        jumps: new Set(),
        seen: new Map(),
      }
      recordings.set(key, r)
      build(r)
    }
    return r
  }

  function build(r: Recording): void {
    let paths = 0
    const prefix: { op: Op; key: string; answer: unknown }[] = []

    /** Runs the procedure along the current prefix again and stops before the answer to its last op. */
    const again = (): Any => {
      const body = start(r)
      for (let i = 0; i < prefix.length; i++) {
        const step = i === 0 ? body.next() : body.next(prefix[i - 1]?.answer)
        const { op, key } = prefix[i] as (typeof prefix)[number]
        if (!step.done && sameStep(op, step.value)) continue
        const got = step.done ? 'its end' : keys.op(step.value)
        if (got !== key) throw nondeterministic(r, i, key, got)
      }
      return body
    }

    const walk = (body: Any, result: IteratorResult<Op, unknown>): Recorded => {
      if (prefix.length > LENGTH_LIMIT) throw tooLarge(r, `a path of more than ${LENGTH_LIMIT} ops`)
      if (result.done) {
        if (++paths > PATH_LIMIT) throw tooLarge(r, `more than ${PATH_LIMIT} paths`)
        const value = keys.value(result.value)
        if (!r.returns.has(value)) r.returns.set(value, result.value)
        verify(result.value)
        return intern(`return ${value}`, (id) => ({ id, kind: 'return', value }))
      }
      const op = result.value
      const opKey = keys.op(op)
      prefix.push({ op, key: opKey, answer: undefined })
      const node = expand(body, op, opKey)
      prefix.pop()
      return node
    }

    const expand = (body: Any, op: Op, opKey: string): Recorded => {
      if (op.kind === 'jump') {
        verify(undefined)
        const callee = lookUp(op.procedure, op.args)
        r.jumps.add(callee)
        body.return(undefined)
        return intern(`${opKey}`, (id) => ({
          id,
          kind: 'op',
          op,
          callee,
          next: new Map(),
          answers: [],
        }))
      }
      const callee = op.kind === 'call' ? lookUp(op.procedure, op.args) : undefined
      if (callee) r.seen.set(callee, callee.returns.size)
      const answers = callee
        ? [...callee.returns]
        : numbersOf(op, r).map((n) => [String(n), n] as const)
      const next = new Map<string, Recorded>()
      let first: Any | undefined = body
      for (const [key, answer] of answers) {
        const running = first ?? again()
        first = undefined
        const last = prefix[prefix.length - 1]
        if (last) last.answer = answer
        next.set(key, walk(running, running.next(answer)))
      }
      const tail = [...next].map(([k, n]) => `${k}>${n.id}`).join()
      const numbers = callee ? [] : answers.map(([, n]) => n as number)
      return intern(`${opKey}|${callee?.key ?? ''}|${tail}`, (id) => ({
        id,
        kind: 'op',
        op,
        next,
        answers: numbers,
        ...(callee && { callee }),
      }))
    }

    /** The second run of a finished path. */
    const verify = (value: unknown): void => {
      const body = again()
      const jumped = prefix.at(-1)?.key.startsWith('jump|')
      if (jumped) return
      const end = prefix.length === 0 ? body.next() : body.next(prefix.at(-1)?.answer)
      const got = end.done ? `returning ${keys.value(end.value)}` : keys.op(end.value)
      const want = `returning ${keys.value(value)}`
      if (got !== want) throw nondeterministic(r, prefix.length, want, got)
    }

    const body = start(r)
    r.root = walk(body, body.next())
  }

  /** Recursive calls were recorded with the returned values known then; record again where there are more now. */
  function settle(): void {
    for (let changed = true; changed; ) {
      changed = false
      for (const r of recordings.values())
        for (const target of r.jumps)
          for (const [key, value] of target.returns)
            if (!r.returns.has(key)) {
              r.returns.set(key, value)
              changed = true
            }
      for (const r of [...recordings.values()])
        if ([...r.seen].some(([callee, size]) => callee.returns.size > size)) {
          build(r)
          changed = true
        }
    }
  }

  return {
    record(procedure, args) {
      const r = lookUp(procedure, args)
      settle()
      return r
    },
    get runs() {
      return runs
    },
  }
}

/** The possible answers of an op that is not a call. */
function numbersOf(op: Op, r: Recording): number[] {
  if (op.kind === 'choose') return Array.from({ length: op.count }, (_, i) => i)
  if (op.kind === 'ask') return [0, 1]
  if (op.kind === 'silent') return [0]
  if (op.kind !== 'step') throw notAnOp(r, op)
  const values = valuesOf(op.answer)
  if (!values)
    throw new LabError({
      code: 'DOMAIN_TOO_LARGE',
      kind: 'plugin',
      message: `The answer of "${op.label}" can have too many values to record every one.`,
      where: r.procedure.name,
      hint: 'Give its variables smaller domains, or answer a comparison instead of the value.',
    })
  return values
}

const notAnOp = (r: Recording, got: unknown): LabError =>
  new LabError({
    code: 'NOT_AN_OP',
    kind: 'plugin',
    message: `${r.procedure.name} yielded something that is not an op: ${String(got)}.`,
    where: r.procedure.source.at || r.procedure.name,
    hint: 'Write `yield*` before every op and every call.',
  })

const nondeterministic = (r: Recording, at: number, want: string, got: string): LabError =>
  new LabError({
    code: 'NOT_DETERMINISTIC',
    kind: 'plugin',
    message: `${r.procedure.name} is not deterministic: run twice with the same answers, it did something else at op ${at + 1}.`,
    where: `${r.procedure.name}: first ${readable(want)}, then ${readable(got)}`,
    hint: 'A procedure may use only its arguments, local values and the answers of its ops; no clock, randomness or counter outside it.',
  })

const tooLarge = (r: Recording, what: string): LabError =>
  new LabError({
    code: 'PROCEDURE_TOO_LARGE',
    kind: 'plugin',
    message: `${r.procedure.name} has ${what}.`,
    where: r.procedure.source.at || r.procedure.name,
    hint: 'Give its parts frames of their own with `call`, and end retry loops with `jump`.',
  })

/** The label of an op out of its key. */
const readable = (key: string): string => key.split('|').slice(0, 2).join(' ')
