/**
 * Keys: strings that are equal exactly when two pieces of the model are the same. Variables, procedures and plugin objects are
 * told apart by identity, plain data by content.
 */
import type { Effect, Expr, LockInfo, Op, Step, Target } from '@mmulab/model'

export interface Keys {
  /** Identity of an object or function. */
  identity(x: object): number
  /** Of an argument or a returned value. */
  value(x: unknown): string
  expr(e: Expr): string
  /** Of each assignment. */
  writes(assign: readonly { readonly to: object; readonly value: Expr }[]): string[]
  op(op: Op): string
}

/** Plain data: numbers, strings, flags, and arrays and bare objects of them. */
function isPlain(x: unknown): boolean {
  if (x === null || typeof x !== 'object') return typeof x !== 'function'
  if (Array.isArray(x)) return x.every(isPlain)
  const proto = Object.getPrototypeOf(x)
  return (proto === Object.prototype || proto === null) && Object.values(x).every(isPlain)
}

export function createKeys(): Keys {
  const ids = new WeakMap<object, number>()
  let next = 0
  const exprs = new WeakMap<object, string>()
  const identity = (x: object): number => {
    let id = ids.get(x)
    if (id === undefined) {
      id = next++
      ids.set(x, id)
    }
    return id
  }
  const value = (x: unknown): string => {
    if (x === undefined) return 'u'
    if (x === null || typeof x !== 'object')
      return typeof x === 'function' ? `#${identity(x)}` : JSON.stringify(x)
    if (Array.isArray(x)) return `[${x.map(value).join()}]`
    if (!isPlain(x)) return `#${identity(x)}`
    const entries = Object.entries(x).sort(([a], [b]) => (a < b ? -1 : 1))
    return `{${entries.map(([k, v]) => `${k}:${value(v)}`).join()}}`
  }
  const compute = (e: Expr): string => {
    switch (e.k) {
      case 'num':
        return String(e.n)
      case 'var':
        return `v${identity(e.v)}`
      case 'task':
        return e.who
      case 'slot':
        return `p${identity(e.p)}@${e.who}`
      case 'bin':
        return `(${expr(e.a)} ${e.op} ${expr(e.b)})`
      case 'not':
        return `!${expr(e.a)}`
      case 'if':
        return `(${expr(e.c)}?${expr(e.a)}:${expr(e.b)})`
      case 'anyTask':
        return `any${expr(e.e)}`
    }
  }
  const expr = (e: Expr): string => {
    let key = exprs.get(e)
    if (key === undefined) {
      key = compute(e)
      exprs.set(e, key)
    }
    return key
  }
  const target = (t: Target): string =>
    t.kind === 'all-slots' ? `all${identity(t.of)}` : `v${identity(t)}`
  const lock = (l: LockInfo): string => `${l.name}/${l.cls}`
  const effect = (e: Effect): string =>
    e.type === 'pseudo-lock' ? `pseudo ${lock(e.info)} ${e.event}` : JSON.stringify(e)
  const op = (o: Op): string => {
    switch (o.kind) {
      case 'step': {
        const assign = o.assign.map((a) => `${target(a.to)}=${expr(a.value)}`).join(';')
        const held = o.lock ? `${lock(o.lock.info)} ${o.lock.mode} ${o.lock.event}` : ''
        const waits = o.waits ? `${o.waits.on} ${o.waits.holder ? expr(o.waits.holder) : ''}` : ''
        return `step|${o.label}|${expr(o.guard)}|${assign}|${expr(o.answer)}|${held}|${o.mightSleep ?? ''}|${waits}`
      }
      case 'choose':
        return `choose|${o.label}|${o.count}|${o.names?.join() ?? ''}|${o.out ? value(o.out) : ''}`
      case 'call':
      case 'jump':
        return `${o.kind}|${identity(o.procedure)}(${o.args.map(value).join()})`
      case 'silent':
        return `silent|${effect(o.effect)}`
      case 'ask':
        return `ask|${o.field}`
    }
  }
  const writes: Keys['writes'] = (assign) => assign.map((a) => `${identity(a.to)}=${expr(a.value)}`)
  return { identity, value, expr, writes, op }
}

/** Whether two ops are steps with equal keys, found out without writing the keys; if not, the keys may be equal all the same. */
export function sameStep(a: Op, b: Op): boolean {
  if (a === b) return true
  if (a.kind !== 'step' || b.kind !== 'step') return false
  return (
    a.label === b.label &&
    a.mightSleep === b.mightSleep &&
    sameLock(a.lock, b.lock) &&
    sameWait(a.waits, b.waits) &&
    a.assign.length === b.assign.length &&
    a.assign.every(({ to, value }, i) => {
      const other = b.assign[i]
      return to === other?.to && sameExpr(value, other.value)
    }) &&
    sameExpr(a.guard, b.guard) &&
    sameExpr(a.answer, b.answer)
  )
}

function sameLock(a: Step['lock'], b: Step['lock']): boolean {
  if (a === b) return true
  return (
    a?.info.name === b?.info.name &&
    a?.info.cls === b?.info.cls &&
    a?.mode === b?.mode &&
    a?.event === b?.event
  )
}

function sameWait(a: Step['waits'], b: Step['waits']): boolean {
  if (a === b) return true
  if (!a || !b || a.on !== b.on) return false
  return a.holder && b.holder ? sameExpr(a.holder, b.holder) : a.holder === b.holder
}

function sameExpr(a: Expr, b: Expr): boolean {
  if (a === b) return true
  switch (a.k) {
    case 'num':
      return b.k === 'num' && a.n === b.n
    case 'var':
      return b.k === 'var' && a.v === b.v
    case 'task':
      return b.k === 'task' && a.who === b.who
    case 'slot':
      return b.k === 'slot' && a.p === b.p && a.who === b.who
    case 'bin':
      return b.k === 'bin' && a.op === b.op && sameExpr(a.a, b.a) && sameExpr(a.b, b.b)
    case 'not':
      return b.k === 'not' && sameExpr(a.a, b.a)
    case 'if':
      return b.k === 'if' && sameExpr(a.c, b.c) && sameExpr(a.a, b.a) && sameExpr(a.b, b.b)
    case 'anyTask':
      return b.k === 'anyTask' && sameExpr(a.e, b.e)
  }
}
