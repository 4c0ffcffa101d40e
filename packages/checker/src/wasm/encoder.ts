/**
 * WebAssembly, as much of it as is needed: code is text of bytes, of which hosts put longer ones together at hardly any cost, or a list
 * of such texts; these functions make larger pieces of smaller ones. An expression leaves one value on the stack, a statement none.
 * Types are not checked here; the host does when it compiles.
 */
export type Code = string | readonly Code[]
/** Code of an expression. */
export type Value = string

export const I32 = 0x7f
export const I64 = 0x7e
export type ValueType = typeof I32 | typeof I64

/** So many of 32 bits. */
export const ints = (count: number): ValueType[] => Array.from({ length: count }, () => I32)

export interface FunctionCode {
  readonly params: readonly ValueType[]
  readonly results: readonly ValueType[]
  /** Beyond the parameters; numbered after them. */
  readonly locals: readonly ValueType[]
  readonly body: Code
  /** What the host calls it by; unset for those that only the module calls. */
  readonly name?: string
}

export interface ModuleCode {
  readonly functions: readonly FunctionCode[]
  /** How many mutable globals of 32 bits there are; they begin as 0. */
  readonly globals: number
  /** Pages of 64 KiB of the memory that is imported as `env.memory`. */
  readonly memory: { readonly initial: number; readonly maximum: number; readonly shared: boolean }
}

/** Each byte as text. */
const BYTE = Array.from({ length: 256 }, (_, n) => String.fromCharCode(n))
const byte = (n: number): string => BYTE[n] as string
const bytes = (...list: number[]): string => String.fromCharCode(...list)

function unsigned(n: number): string {
  if (n >= 0 && n < 0x80) return byte(n)
  let text = ''
  let rest = n >>> 0
  for (; rest >= 0x80; rest >>>= 7) text += byte((rest & 0x7f) | 0x80)
  return text + byte(rest)
}

function signed(n: number): string {
  let text = ''
  let rest = n
  for (; rest < -0x40 || rest >= 0x40; rest >>= 7) text += byte((rest & 0x7f) | 0x80)
  return text + byte(rest & 0x7f)
}

function signed64(n: bigint): string {
  let text = ''
  let rest = BigInt.asIntN(64, n)
  for (; rest < -0x40n || rest >= 0x40n; rest >>= 7n) text += byte(Number(rest & 0x7fn) | 0x80)
  return text + byte(Number(rest & 0x7fn))
}

/** All of it as one text. */
export function textOf(code: Code): string {
  if (typeof code === 'string') return code
  let text = ''
  for (const part of code) text += textOf(part)
  return text
}

/** What is needed all the time, made once. */
const SMALL = 64
const NUMBERS = Array.from({ length: SMALL }, (_, n) => `\x41${signed(n)}`)
const LOCALS = Array.from({ length: SMALL }, (_, n) => `\x20${unsigned(n)}`)

export const num = (n: number): string => NUMBERS[n] ?? `\x41${signed(n | 0)}`
export const num64 = (n: bigint): string => `\x42${signed64(n)}`

export const get = (local: number): string => LOCALS[local] ?? `\x20${unsigned(local)}`
export const set = (local: number, value: string): string => `${value}\x21${unsigned(local)}`
export const tee = (local: number, value: string): string => `${value}\x22${unsigned(local)}`
type Binary = (a: string, b: string) => string
type Unary = (a: string) => string
type Access = (address: string, offset?: number) => string
type Write = (address: string, value: string, offset?: number) => string

export const getGlobal = (global: number): string => `\x23${unsigned(global)}`
export const setGlobal = (global: number, value: string): string =>
  `${value}\x24${unsigned(global)}`

const binary = (op: number): Binary => {
  const end = byte(op)
  return (a, b) => a + b + end
}
const unary = (op: number): Unary => {
  const end = byte(op)
  return (a) => a + end
}

export const not: Unary = unary(0x45)
export const eq: Binary = binary(0x46)
export const ne: Binary = binary(0x47)
export const lt: Binary = binary(0x48)
export const ltUnsigned: Binary = binary(0x49)
export const gt: Binary = binary(0x4a)
export const gtUnsigned: Binary = binary(0x4b)
export const le: Binary = binary(0x4c)
export const geUnsigned: Binary = binary(0x4f)
export const add: Binary = binary(0x6a)
export const sub: Binary = binary(0x6b)
export const mul: Binary = binary(0x6c)
export const divUnsigned: Binary = binary(0x6e)
export const and: Binary = binary(0x71)
export const or: Binary = binary(0x72)
export const xor: Binary = binary(0x73)
export const shl: Binary = binary(0x74)
export const shrUnsigned: Binary = binary(0x76)

export const not64: Unary = unary(0x50)
export const ne64: Binary = binary(0x52)
export const add64: Binary = binary(0x7c)
export const mul64: Binary = binary(0x7e)
export const and64: Binary = binary(0x83)
export const or64: Binary = binary(0x84)
export const xor64: Binary = binary(0x85)
export const shl64: Binary = binary(0x86)
export const shrUnsigned64: Binary = binary(0x88)
/** The low half of 64 bits. */
export const wrap: Unary = unary(0xa7)
/** 32 bits as the low half of 64. */
export const extend: Unary = unary(0xad)

/** `a` where the condition holds, else `b`; both are computed. */
export const select = (condition: string, a: string, b: string): string =>
  `${a}${b}${condition}\x1b`

/** Alignment is a hint only: every address is right. Offsets are added without wrapping. */
const access = (op: number, align: number): Access => {
  const end = bytes(op, align)
  return (address, offset = 0) => address + end + unsigned(offset)
}
const write = (op: number, align: number): Write => {
  const end = bytes(op, align)
  return (address, value, offset = 0) => address + value + end + unsigned(offset)
}
export const load: Access = access(0x28, 2)
export const load64: Access = access(0x29, 2)
export const loadByte: Access = access(0x2d, 0)
export const store: Write = write(0x36, 2)
export const store64: Write = write(0x37, 2)
export const storeByte: Write = write(0x3a, 0)
/** Sees what other threads have stored before. Only at addresses that are multiples of 4. */
export const loadAtomic: Access = (address, offset = 0) =>
  `${address}\xfe\x10\x02${unsigned(offset)}`

const END = '\x0b'
const NO_VALUE = '\x40'
/** A label is the number of blocks, loops and branches of `when` around, counted from the inside. */
export const block = (...body: Code[]): string => `\x02${NO_VALUE}${textOf(body)}${END}`
/** A jump to its label begins it again. */
export const loop = (...body: Code[]): string => `\x03${NO_VALUE}${textOf(body)}${END}`
export const jump = (label: number): string => `\x0c${unsigned(label)}`
export const jumpIf = (label: number, condition: string): string =>
  `${condition}\x0d${unsigned(label)}`
export function when(condition: string, then: Code, otherwise: Code = ''): string {
  const other = textOf(otherwise)
  const branches = other === '' ? textOf(then) : `${textOf(then)}\x05${other}`
  return `${condition}\x04${NO_VALUE}${branches}${END}`
}
/** Stops all that runs, with an error of the host. */
export const fail = '\x00'
export const leave = (value: string): string => `${value}\x0f`
export const call = (func: number, ...args: string[]): string =>
  `${args.join('')}\x10${unsigned(func)}`

/**
 * Runs the case whose number is that of `value`, from 0 on, each of which must leave the function; goes on after it where there is
 * none or an empty one.
 */
export function leavingSwitch(value: string, cases: readonly Code[]): string {
  const texts = cases.map(textOf)
  const filled = texts.filter((c) => c !== '')
  const rest = filled.length
  let next = 0
  const labels = texts.map((c) => unsigned(c === '' ? rest : next++))
  const table = [value, '\x0e', unsigned(labels.length), labels, unsigned(rest)]
  const opened = `\x02${NO_VALUE}`.repeat(rest + 1)
  return textOf([opened, table, filled.map((c) => END + c), END])
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const list = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) list[i] = text.charCodeAt(i)
  return list
}

function sized(code: Code): string {
  const text = textOf(code)
  return unsigned(text.length) + text
}
const section = (id: number, body: Code): string => byte(id) + sized(body)
const list = (items: readonly Code[]): string => unsigned(items.length) + textOf(items)
/** A list of types. */
const typesOf = (types: readonly ValueType[]): string => list(types.map(byte))

export function encodeModule(module: ModuleCode): Uint8Array<ArrayBuffer> {
  const { functions, globals, memory } = module
  const types = functions.map((f) => `\x60${typesOf(f.params)}${typesOf(f.results)}`)
  const limits = [
    memory.shared ? '\x03' : '\x01',
    unsigned(memory.initial),
    unsigned(memory.maximum),
  ]
  const exported = functions.flatMap((f, i) =>
    f.name === undefined ? [] : [`${sized(f.name)}\x00${unsigned(i)}`],
  )
  const bodies = functions.map(({ locals, body }) =>
    sized([list(locals.map((t) => `\x01${byte(t)}`)), body, END]),
  )
  const code = [
    '\0asm\x01\0\0\0',
    section(1, list(types)),
    section(2, list([[sized('env'), sized('memory'), '\x02', limits]])),
    section(3, list(functions.map((_, i) => unsigned(i)))),
    section(6, list(Array.from({ length: globals }, () => [byte(I32), '\x01', num(0), END]))),
    section(7, list(exported)),
    section(10, list(bodies)),
  ]
  return bytesOf(textOf(code))
}
