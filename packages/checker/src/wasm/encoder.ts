/**
 * WebAssembly, as much of it as is needed: code is a tree of bytes, and these functions put larger trees together from smaller
 * ones. An expression leaves one value on the stack, a statement none. Types are not checked here; the host does when it compiles.
 */
export type Code = readonly (number | Code | Uint8Array)[]

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

function unsigned(n: number): number[] {
  const bytes: number[] = []
  let rest = n >>> 0
  do {
    const low = rest & 0x7f
    rest >>>= 7
    bytes.push(rest === 0 ? low : low | 0x80)
  } while (rest !== 0)
  return bytes
}

function signed(n: number): number[] {
  const bytes: number[] = []
  for (let rest = n; ; ) {
    const low = rest & 0x7f
    rest >>= 7
    const isLast = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)
    bytes.push(isLast ? low : low | 0x80)
    if (isLast) return bytes
  }
}

function signed64(n: bigint): number[] {
  const bytes: number[] = []
  for (let rest = BigInt.asIntN(64, n); ; ) {
    const low = Number(rest & 0x7fn)
    rest >>= 7n
    const isLast = (rest === 0n && (low & 0x40) === 0) || (rest === -1n && (low & 0x40) !== 0)
    bytes.push(isLast ? low : low | 0x80)
    if (isLast) return bytes
  }
}

export const num = (n: number): Code => [0x41, signed(n | 0)]
export const num64 = (n: bigint): Code => [0x42, signed64(n)]

const GET = 0x20
const SET = 0x21
const TEE = 0x22
export const get = (local: number): Code => [GET, unsigned(local)]
export const set = (local: number, value: Code): Code => [value, SET, unsigned(local)]
export const tee = (local: number, value: Code): Code => [value, TEE, unsigned(local)]
type Binary = (a: Code, b: Code) => Code
type Unary = (a: Code) => Code
type Access = (address: Code, offset?: number) => Code
type Write = (address: Code, value: Code, offset?: number) => Code

export const getGlobal = (global: number): Code => [0x23, unsigned(global)]
export const setGlobal = (global: number, value: Code): Code => [value, 0x24, unsigned(global)]

const binary =
  (op: number): Binary =>
  (a, b) => [a, b, op]
const unary =
  (op: number): Unary =>
  (a) => [a, op]

export const not: Unary = unary(0x45)
export const eq: Binary = binary(0x46)
export const ne: Binary = binary(0x47)
export const lt: Binary = binary(0x48)
export const ltUnsigned: Binary = binary(0x49)
export const gt: Binary = binary(0x4a)
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

export const ne64: Binary = binary(0x52)
export const mul64: Binary = binary(0x7e)
export const xor64: Binary = binary(0x85)
export const shrUnsigned64: Binary = binary(0x88)
/** The low half of 64 bits. */
export const wrap: Unary = unary(0xa7)
/** 32 bits as the low half of 64. */
export const extend: Unary = unary(0xad)

/** `a` where the condition holds, else `b`; both are computed. */
export const select = (condition: Code, a: Code, b: Code): Code => [a, b, condition, 0x1b]

/** Alignment is a hint only: every address is right. Offsets are added without wrapping. */
const access =
  (op: number, align: number): Access =>
  (address, offset = 0) => [address, op, align, unsigned(offset)]
const write =
  (op: number, align: number): Write =>
  (address, value, offset = 0) => [address, value, op, align, unsigned(offset)]
export const load: Access = access(0x28, 2)
export const load64: Access = access(0x29, 2)
export const loadByte: Access = access(0x2d, 0)
export const store: Write = write(0x36, 2)
export const store64: Write = write(0x37, 2)
export const storeByte: Write = write(0x3a, 0)
/** Sees what other threads have stored before. Only at addresses that are multiples of 4. */
export const loadAtomic: Access = (address, offset = 0) => [
  address,
  0xfe,
  0x10,
  2,
  unsigned(offset),
]

const END = 0x0b
const NO_VALUE = 0x40
/** A label is the number of blocks, loops and branches of `when` around, counted from the inside. */
export const block = (...body: Code[]): Code => [0x02, NO_VALUE, body, END]
/** A jump to its label begins it again. */
export const loop = (...body: Code[]): Code => [0x03, NO_VALUE, body, END]
export const jump = (label: number): Code => [0x0c, unsigned(label)]
export const jumpIf = (label: number, condition: Code): Code => [condition, 0x0d, unsigned(label)]
export const when = (condition: Code, then: Code, otherwise: Code = []): Code => [
  condition,
  0x04,
  NO_VALUE,
  then,
  otherwise.length > 0 ? [0x05, otherwise] : [],
  END,
]
/** Stops all that runs, with an error of the host. */
export const fail: Code = [0x00]
export const leave = (value: Code): Code => [value, 0x0f]
export const call = (func: number, ...args: Code[]): Code => [args, 0x10, unsigned(func)]

/**
 * Runs the case whose number is that of `value`, from 0 on, each of which must leave the function; goes on after it where there is
 * none or an empty one.
 */
export function leavingSwitch(value: Code, cases: readonly (Code | Uint8Array)[]): Code {
  const filled = cases.flatMap((c, i) => (c.length > 0 ? [i] : []))
  const rest = filled.length
  const labels = cases.map((c, i) => (c.length > 0 ? filled.indexOf(i) : rest))
  const table = [value, 0x0e, unsigned(labels.length), labels.map(unsigned), unsigned(rest)]
  const opened = Array.from({ length: rest + 1 }, () => [0x02, NO_VALUE])
  const bodies = filled.map((i) => [END, cases[i] ?? []])
  return [opened, table, bodies, END]
}

/** What code is written into, from its beginning on; it grows. */
let written = new Uint8Array(1 << 16)
let length = 0

function put(code: Code): void {
  for (let i = 0; i < code.length; i++) {
    const part = code[i] as Code[number]
    if (typeof part === 'number') {
      if (length === written.length) makeRoom(1)
      written[length++] = part
    } else if (Array.isArray(part)) put(part)
    else {
      const bytes = part as Uint8Array
      if (length + bytes.length > written.length) makeRoom(bytes.length)
      written.set(bytes, length)
      length += bytes.length
    }
  }
}

function makeRoom(more: number): void {
  const larger = new Uint8Array(2 * written.length + more)
  larger.set(written)
  written = larger
}

/** The bytes, one after another. Trees are gone through once: what they are parts of takes over the bytes. */
export function bytesOf(code: Code): Uint8Array<ArrayBuffer> {
  length = 0
  put(code)
  return written.slice(0, length)
}

const sized = (code: Code): Code => {
  const bytes = bytesOf(code)
  return [unsigned(bytes.length), bytes]
}
const section = (id: number, body: Code): Code => [id, sized(body)]
const list = (items: readonly Code[]): Code => [unsigned(items.length), items]
const text = (s: string): Code => list([...s].map((c) => [c.charCodeAt(0)]))

export function encodeModule(module: ModuleCode): Uint8Array<ArrayBuffer> {
  const { functions, globals, memory } = module
  const types = functions.map(
    (f): Code => [0x60, list(f.params.map((t) => [t])), list(f.results.map((t) => [t]))],
  )
  const limits = [memory.shared ? 0x03 : 0x01, unsigned(memory.initial), unsigned(memory.maximum)]
  const exported = functions.flatMap((f, i): Code[] =>
    f.name === undefined ? [] : [[text(f.name), 0x00, unsigned(i)]],
  )
  const bodies = functions.map(({ locals, body }) =>
    sized([list(locals.map((t) => [0x01, t])), body, END]),
  )
  return bytesOf([
    [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    section(1, list(types)),
    section(2, list([[text('env'), text('memory'), 0x02, limits]])),
    section(3, list(functions.map((_, i) => unsigned(i)))),
    section(6, list(Array.from({ length: globals }, () => [I32, 0x01, num(0), END]))),
    section(7, list(exported)),
    section(10, list(bodies)),
  ])
}
