/**
 * The classic ways to break a driver, each a rule about ops: what to look for in the survey, and how to change it. None knows
 * a driver.
 */
import { type DriverInstance, EAGAIN, EBUSY, type Range } from '@mmulab/core'
import type { Body, Expr, Op, Step } from '@mmulab/model'
import { atomically } from '@mmulab/model'
import {
  constantAnswer,
  type Instead,
  idle,
  lineOf,
  replaced,
  returning,
  swapped,
} from './stream.ts'
import { answersOf, isRange, type Site, type Survey, wordsOf } from './survey.ts'
import type { AnyProcedure, Hook } from './wrap.ts'

export interface Mutation<P = DriverInstance> {
  /** `procedure: what is done`. */
  readonly name: string
  readonly operator: string
  readonly hook: Hook<P>
  /** The lines that it changes, for whoever asks whether they are ever reached. */
  readonly lines: readonly { readonly procedure: string; readonly line: string }[]
  /** Why the contract allows it where it breaks no rule in any cell. */
  readonly lawful?: string
}

/** Changes one procedure, op by op. */
function edit<P>(
  operator: string,
  { procedure, line }: Site,
  words: string,
  decide: (op: Op, before: string) => Instead | undefined,
): Mutation<P> {
  return {
    name: `${procedure}: ${words}`,
    operator,
    hook: (p, _args, body) => (p.name === procedure ? replaced(body, decide) : body),
    lines: [{ procedure, line }],
  }
}

const at =
  (line: string, instead: (op: Step) => Instead) =>
  (op: Op): Instead | undefined =>
    op.kind === 'step' && lineOf(op) === line ? instead(op) : undefined

const isStep = (op: Op): op is Step => op.kind === 'step'

/** Who looks at what, whether anybody does when it goes, and that a device has gone, is noted and asked for the model alone. */
const DEREFERENCE = /^srcu_dereference\(/
const GOES = /^kvfree\(|^[\w-]+\.(freed|removed) = /
const isNoted = (line: string): boolean => DEREFERENCE.test(line) || GOES.test(line)

/** An assignment that is forgotten: a count, a sequence number, a page-table entry, a wake-up. */
export function dropped<P>({ sites }: Survey): Mutation<P>[] {
  return sites.flatMap((s): Mutation<P>[] => {
    if (!isStep(s.op) || s.op.lock || s.op.assign.length === 0) return []
    if (isNoted(s.line)) return []
    const wakes = /wake_up|complete/.test(s.line)
    return [
      edit(
        wakes ? 'missed wake-up' : 'drop',
        s,
        `drop "${s.line}"`,
        at(s.line, (op) => ({ op: idle(op) })),
      ),
    ]
  })
}

/** A call that is left out; the caller is told 0. */
export function uncalled<P>(
  { sites }: Survey,
  own: (callee: AnyProcedure, caller: string) => boolean,
): Mutation<P>[] {
  return sites.flatMap((s): Mutation<P>[] => {
    if (s.op.kind !== 'call' || !own(s.op.procedure, s.procedure)) return []
    return [
      edit('drop call', s, `drop the call of ${s.line}()`, (op) =>
        op.kind === 'call' && lineOf(op) === s.line ? { answer: 0 } : undefined,
      ),
    ]
  })
}

/** A call whose answer is not looked at: a refusal that nobody hears. */
export function unheard<P>({ sites }: Survey, own: (p: AnyProcedure) => boolean): Mutation<P>[] {
  return sites.flatMap((s): Mutation<P>[] => {
    // An answer that is always the same is not heard by anybody.
    if (s.op.kind !== 'call' || !own(s.op.procedure) || s.answers.size < 2) return []
    return [
      edit('answer ignored', s, `the answer of ${s.line}() is taken for 0`, (op) =>
        op.kind === 'call' && lineOf(op) === s.line ? { op, answer: 0 } : undefined,
      ),
    ]
  })
}

/** Something that needs no step: a WARN, non_block_start(), the map of lockdep. */
export function silenced<P>({ silents }: Survey): Mutation<P>[] {
  return silents.map(({ procedure, what }) => ({
    name: `${procedure}: drop ${what}`,
    operator: /^(WARN|BUG)/.test(what) ? 'drop WARN' : 'drop debug',
    lines: [],
    hook: (p, _args, body) =>
      p.name === procedure
        ? replaced(body, (op) =>
            op.kind === 'silent' && wordsOf(op.effect) === what ? { answer: 0 } : undefined,
          )
        : body,
  }))
}

/** What a procedure with a range answers: a refusal of what may be blocked, a yes for a refusal, a refusal after everybody said yes. */
export function outcomes<P>({ ranged }: Survey): Mutation<P>[] {
  return [...ranged.keys()].flatMap((name) =>
    OUTCOMES.map(
      ({ words, answer }): Mutation<P> => ({
        name: `${name}: ${words}`,
        operator: 'wrong answer',
        lines: [],
        hook(p, args, body) {
          const range = args.find(isRange)
          if (p.name !== name || !range) return body
          return returning(body, (a) => (typeof a === 'number' ? answer(a, range) : a))
        },
      }),
    ),
  )
}

const OUTCOMES: readonly {
  readonly words: string
  readonly answer: (a: number, range: Range) => number
}[] = [
  { words: 'a refusal answers yes', answer: (a) => Math.max(a, 0) },
  {
    words: 'refuses what may not be blocked, after all',
    answer: (a, r) => (a === 0 && !r.blockable ? EAGAIN : a),
  },
  { words: 'refuses what may be blocked', answer: (a, r) => (a === 0 && r.blockable ? EAGAIN : a) },
]

/** A lock that is not given back on one of the ways out: after each line that can come before its release. */
export function kept<P>({ sites }: Survey): Mutation<P>[] {
  return sites.flatMap((s): Mutation<P>[] => {
    if (!isStep(s.op) || s.op.lock?.event !== 'release') return []
    return [...s.before].map((line) =>
      edit('lock kept', s, `no "${s.line}"${line ? ` after "${line}"` : ''}`, (op, before) =>
        isStep(op) && lineOf(op) === s.line && before === line ? {} : undefined,
      ),
    )
  })
}

/** The whole procedure without one of its locks. */
export function unlocked<P>({ sites }: Survey): Mutation<P>[] {
  return sites.flatMap((s): Mutation<P>[] => {
    if (!isStep(s.op) || !s.op.lock || !['acquire', 'try'].includes(s.op.lock.event)) return []
    const { name } = s.op.lock.info
    const released = sites.some(
      ({ procedure, op }) =>
        procedure === s.procedure &&
        isStep(op) &&
        op.lock?.info.name === name &&
        op.lock.event === 'release',
    )
    if (!released) return []
    return [
      edit('no lock', s, `without "${s.line}"`, (op) => {
        if (!isStep(op) || op.lock?.info.name !== name) return undefined
        return { answer: op.lock.event === 'try' ? 1 : 0 }
      }),
    ]
  })
}

/** A trylock that is taken for granted, and one that waits. */
export function trylocks<P>({ sites }: Survey): Mutation<P>[] {
  return sites.flatMap((s): Mutation<P>[] => {
    if (!isStep(s.op) || s.op.lock?.event !== 'try' || s.op.mightSleep !== undefined) return []
    return [
      edit(
        'answer ignored',
        s,
        `"${s.line}" is taken for granted`,
        at(s.line, (op) => ({ op, answer: 1 })),
      ),
      edit(
        'waits',
        s,
        `"${s.line}" waits for the lock`,
        at(s.line, (op) => ({ op: waiting(op), answer: 1 })),
      ),
    ]
  })
}

function waiting(op: Step): Step {
  if (!op.lock) return op
  const { info } = op.lock
  return {
    ...op,
    guard: op.answer,
    answer: { k: 'num', n: 1 },
    lock: { ...op.lock, event: 'acquire' },
    waits: { on: info.name },
    ...(info.sleeps && { mightSleep: op.label }),
  }
}

/** A question whose answer is not looked at: the retry check, a flag. */
export function forced<P>({ sites }: Survey): Mutation<P>[] {
  return sites.flatMap((s): Mutation<P>[] => {
    if (!isStep(s.op) || s.op.lock || GOES.test(s.line)) return []
    if (s.op.assign.length > 0 && !DEREFERENCE.test(s.line)) return []
    const answers = answersOf(s.op)
    if (answers?.join() !== '0,1') return []
    return [0, 1].map((answer) =>
      edit(
        'answer forced',
        s,
        `"${s.line}" is always ${answer}`,
        at(s.line, (op) => ({ op, answer })),
      ),
    )
  })
}

/**
 * Two lines in the wrong order; with a lock, what should be inside is outside. Moving something into a critical section is not
 * tried, nor giving a reference of one's own back after it: that is no bug.
 */
export function swaps<P>({ sites, site }: Survey): Mutation<P>[] {
  return sites.flatMap((a) =>
    [...a.after].flatMap((line): Mutation<P>[] => {
      const b = site(a.procedure, line)
      if (!b || !isStep(a.op) || !isStep(b.op) || a === b) return []
      if (GOES.test(a.line) || GOES.test(b.line)) return []
      if (constantAnswer(a.op) === undefined) return []
      if (
        a.op.lock?.event === 'release' ||
        b.op.lock?.event === 'acquire' ||
        b.op.lock?.event === 'try'
      )
        return []
      if (a.op.lock && b.op.lock) return []
      if ((b.op.lock || SRCU_UNLOCK.test(b.line)) && REFERENCE.test(a.line)) return []
      return [
        {
          name: `${a.procedure}: "${line}" before "${a.line}"`,
          operator: 'swap',
          hook: (p, _args, body) => (p.name === a.procedure ? swapped(body, a.line, line) : body),
          lines: [a, b],
        },
      ]
    }),
  )
}

const SRCU_UNLOCK = /^srcu_read_unlock\(/
const REFERENCE = /^(put_page|unpin_user_page)\(/

/** What is wrong with a callback as a whole, by its arguments and its answer. */
interface Callback {
  readonly operator: string
  readonly words: string
  /** The range that the callback believes to have been given. */
  readonly range?: (range: Range) => Range
  readonly answer?: (answer: unknown, range: Range, yes: number, no: number) => unknown
  readonly lawful?: string
}

const CALLBACKS: readonly Callback[] = [
  {
    operator: 'wrong range',
    words: 'the last page of the range is forgotten',
    range: (r) => ({ ...r, pages: r.pages.length > 1 ? r.pages.slice(0, -1) : r.pages }),
  },
  {
    operator: 'wrong range',
    words: 'the first page of the range is forgotten',
    range: (r) => ({ ...r, pages: r.pages.length > 1 ? r.pages.slice(1) : r.pages }),
  },
  {
    operator: 'sleeps',
    words: 'every range is taken for blockable',
    range: (r) => ({ ...r, blockable: true }),
  },
  {
    operator: 'refuses',
    words: 'no range is taken for blockable',
    range: (r) => ({ ...r, blockable: false }),
  },
  {
    operator: 'wrong answer',
    words: 'a refusal answers yes',
    answer: (a, _r, yes, no) => (a === no ? yes : a),
  },
  {
    operator: 'wrong answer',
    words: 'refuses after it has done its work',
    answer: (a, r, yes, no) => (a === yes && !r.blockable ? no : a),
    lawful: 'a range that may not block may always be refused, and nothing is left behind by it',
  },
  {
    operator: 'wrong answer',
    words: 'refuses a blockable range',
    answer: (a, r, yes, no) => (a === yes && r.blockable ? no : a),
  },
  {
    operator: 'wrong answer',
    words: 'refuses with -EBUSY',
    answer: (a, r, _yes, no) => (a === no && no !== 0 && !r.blockable ? EBUSY : a),
  },
]

/** Start callbacks with what they answer for yes and for no. */
const starts = ({ ops }: DriverInstance): readonly (readonly [unknown, number, number])[] => [
  [ops.invalidateRangeStart, 0, EAGAIN],
  [ops.intervalSub?.invalidate, 1, 0],
]

export function callbacks(instance: DriverInstance): Mutation[] {
  return starts(instance).flatMap(([start]) =>
    start === undefined
      ? []
      : CALLBACKS.map(({ operator, words, range, answer, lawful }): Mutation => {
          const { name } = start as AnyProcedure
          return {
            name: `${name}: ${words}`,
            operator,
            lines: [],
            ...(lawful !== undefined && { lawful }),
            hook(p, args, body, plugin) {
              const found = starts(plugin).find(([s]) => s === p)
              const [given, ...rest] = args
              if (!found || !isRange(given)) return body
              const [, yes, no] = found
              const run = range
                ? (p.body(...([range(given), ...rest] as never[])) as Body<unknown>)
                : body
              return answer ? returning(run, (a) => answer(a, given, yes, no)) : run
            },
          }
        }),
  )
}

/** Takes the pages away in end, where it should have been start. */
export function zapInEnd(
  { sites }: Survey,
  instance: DriverInstance,
  pages: readonly number[],
): Mutation[] {
  const { invalidateRangeEnd } = instance.ops
  if (!invalidateRangeEnd) return []
  return sites.flatMap((s): Mutation[] => {
    if (!isZap(s.op, instance, pages)) return []
    return [
      {
        name: `${s.procedure}: "${s.line}" in ${invalidateRangeEnd.name}`,
        operator: 'invalidate in end',
        lines: [s],
        hook(p, args, body, plugin) {
          if (p.name === s.procedure)
            return replaced(
              body,
              at(s.line, (op) => ({ op: idle(op) })),
            )
          const [range] = args
          if (p !== (plugin.ops.invalidateRangeEnd as unknown) || !isRange(range)) return body
          return zapThen(plugin, range, s.line, body)
        },
      },
    ]
  })
}

const entryOf = (e: Expr) => (e.k === 'var' ? e.v : undefined)

function isZap(op: Op, instance: DriverInstance, pages: readonly number[]): boolean {
  const entries = pages.map((va) => entryOf(instance.mapping(va))?.name)
  return (
    isStep(op) &&
    op.assign.some(
      ({ to, value }) =>
        to.kind === 'variable' && entries.includes(to.name) && value.k === 'num' && value.n === 0,
    )
  )
}

function* zapThen(
  plugin: DriverInstance,
  range: Range,
  label: string,
  body: Body<unknown>,
): Body<unknown> {
  const entries = range.pages.flatMap((va) => entryOf(plugin.mapping(va)) ?? [])
  yield* atomically({ assign: entries.map((v) => [v, 0] as const), label })
  return yield* body
}
