/** One step of one task in words, as a kernel developer would write it down. */
import type { Change } from '@mmulab/checker'
import {
  type Choose,
  closeExpr,
  type Expr,
  evaluate,
  type Step,
  type Variable,
  variablesOf,
} from '@mmulab/model'

/** Who speaks and what is known while a step is put into words. */
export interface Scene {
  readonly task: number
  readonly tasks: readonly string[]
  /** Values before the step. */
  readonly read: (v: Variable) => number
  /** Tasks that hold a lock, by the lock's name. */
  readonly holders: (lock: string) => readonly string[]
}

const ERRNO: Readonly<Record<number, string>> = {
  4: 'EINTR',
  11: 'EAGAIN',
  12: 'ENOMEM',
  14: 'EFAULT',
  16: 'EBUSY',
  22: 'EINVAL',
  35: 'EDEADLK',
}

/** -11 as -EAGAIN, where it is the name of an error. */
export const errno = (n: number): string => (n < 0 && ERRNO[-n] ? `-${ERRNO[-n]}` : String(n))

/** A value as its variable calls it. */
export const valueWords = (v: Variable, n: number): string => v.words?.[n - v.min] ?? errno(n)

/** A variable's name; what each task has of its own is named after the task. */
const nameOf = (v: Variable, tasks: readonly string[]): string =>
  v.name.replace(/@(\d+)$/, (_, n) => ` of ${tasks[Number(n) - 1] ?? `task ${n}`}`)

export const changeWords = (c: Change, tasks: readonly string[]): string =>
  `${nameOf(c.variable, tasks)} ${valueWords(c.variable, c.from)} -> ${valueWords(c.variable, c.to)}`

export function stepWords(
  op: Step | Choose,
  answer: number,
  changes: readonly Change[],
  scene: Scene,
): string {
  if (op.kind === 'choose') return `${op.label}: ${op.names?.[answer] ?? answer}`
  if (op.lock?.event === 'try')
    return `${op.label}: ${answer ? 'taken' : `busy${heldBy(scene.holders(op.lock.info.name))}`}`
  if (op.assign.length === 0) return lookWords(op, answer, scene)
  const told = changes.filter((c) => !isLockWord(op, c.variable))
  const result = answerWords(op, answer, changes.length > 0)
  const only = told.length === 1 ? told[0] : undefined
  if (only && isPlainChange(op.label, only.variable)) return changeWords(only, scene.tasks) + result
  const words = told
    .map((c) => shortly(changeWords(c, scene.tasks), c.variable, op.label))
    .join(', ')
  return `${op.label}${result}${words ? `: ${words}` : ''}`
}

/** `put_page(page1): refcount 2 -> 1`: what the label has named need not be named again. */
function shortly(words: string, v: Variable, label: string): string {
  if (label.includes(`(${v.name})`) || label.endsWith(` ${v.name}`))
    return words.slice(v.name.length + 1)
  const stem = v.name.slice(0, v.name.lastIndexOf('.') + 1)
  return stem !== '' && label.includes(`(${stem.slice(0, -1)})`) ? words.slice(stem.length) : words
}

/** What a step answers, where its changes do not say it. */
function answerWords(op: Step, answer: number, changed: boolean): string {
  if (op.answer.k === 'num' || op.lock) return ''
  if (!changed) return ` = ${errno(answer)}`
  return isTest(op.answer) && answer === 1 ? ' = 1' : ''
}

/** A step that changes nothing: a value is read, or something was waited for. */
function lookWords(op: Step, answer: number, scene: Scene): string {
  if (op.answer.k === 'var') return `${op.answer.v.name} is ${valueWords(op.answer.v, answer)}`
  if (op.answer.k === 'num') return op.label.replace(/^wait for /, 'waited for ')
  const why = because(op.answer, answer, scene)
  const result = op.label.endsWith('?') ? (answer ? ' yes' : ' no') : ` = ${errno(answer)}`
  return `${op.label}${result}${why ? ` (${why})` : ''}`
}

/** The values that made a test come out as it did. */
function because(e: Expr, answer: number, scene: Scene): string {
  const closed = closeExpr(e, scene.task, scene.tasks.length)
  const variables = [...variablesOf(decisive(closed, answer, scene.read))]
  if (variables.length > 3) return ''
  return variables
    .map((v) => `${nameOf(v, scene.tasks)} is ${valueWords(v, scene.read(v))}`)
    .join(', ')
}

/** The part of a test that decides it: the alternative of an `or` that holds, the part of an `and` that does not. */
function decisive(e: Expr, answer: number, read: (v: Variable) => number): Expr {
  if (e.k !== 'bin' || e.op !== (answer ? 'or' : 'and')) return e
  for (const part of [e.a, e.b])
    if ((evaluate(part, read) !== 0) === (answer !== 0)) return decisive(part, answer, read)
  return e
}

const isTest = (e: Expr): boolean =>
  e.k === 'not' || (e.k === 'bin' && e.op !== 'add' && e.op !== 'sub')

/** `count++`, `count = 0`: what the change says anyway. */
const isPlainChange = (label: string, v: Variable): boolean =>
  label.startsWith(v.name) && /^(\+\+|--| [+-]?= .*)$/.test(label.slice(v.name.length))

/** A lock's own word says who holds it, and the label has said that. */
const isLockWord = (op: Step, v: Variable): boolean =>
  op.lock !== undefined &&
  (v.name === op.lock.info.name || v.name.startsWith(`${op.lock.info.name}.`))

const heldBy = (holders: readonly string[]): string => {
  const who = [...new Set(holders)]
  return who.length ? ` (${who.join(', ')} ${who.length > 1 ? 'hold' : 'holds'} it)` : ''
}
