/**
 * Keys: strings that are equal exactly when two pieces of the model are the same. Variables, procedures and plugin objects are
 * told apart by identity, plain data by content.
 */
import type { Effect, Expr, LockInfo, Op, Target } from '@mmulab/model'

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
