/**
 * Tokens: one short printable string that holds a cell and a schedule in it, and replays anywhere.
 *
 * `mmu1.` + base64url of: checksum (4 bytes), world fingerprint (8), then length-prefixed text of the cell and the schedule
 * as runs of steps by one task. Only choices are written down: everything else follows from the state.
 */
import { CLAIMS, LabError } from '@mmulab/model'

export const TOKEN_VERSION = 1

export interface Token {
  /** How to build the world again; the caller's own text. */
  readonly cell: string
  readonly fingerprint: string
  readonly claim: string
  /** Task of each move. */
  readonly tasks: readonly number[]
  /** Alternatives taken, in the order of the choices among the moves. */
  readonly choices: readonly number[]
  readonly prefix: number
  readonly pointOfNoReturn?: number
  readonly loop?: number
  readonly stuck?: number
  /** The loop is a fair one that starves the stuck task. */
  readonly fair?: true
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

export function encodeToken(t: Token): string {
  const bytes: number[] = []
  const number = (n: number): void => {
    for (let rest = n; ; rest = Math.floor(rest / 128)) {
      bytes.push(rest < 128 ? rest : (rest % 128) + 128)
      if (rest < 128) return
    }
  }
  const optional = (n: number | undefined): void => number(n === undefined ? 0 : n + 1)
  for (let i = 0; i < 16; i += 2) bytes.push(Number.parseInt(t.fingerprint.slice(i, i + 2), 16))
  const cell = new TextEncoder().encode(t.cell)
  number(cell.length)
  bytes.push(...cell)
  number(CLAIMS.indexOf(t.claim as (typeof CLAIMS)[number]))
  number(t.prefix)
  optional(t.pointOfNoReturn)
  optional(t.loop)
  optional(t.stuck)
  const runs = runsOf(t.tasks)
  number(runs.length)
  for (const [task, length] of runs) {
    number(task)
    number(length)
  }
  number(t.choices.length)
  for (const c of t.choices) number(c)
  // Only where there is something to say: tokens without it are as they always were.
  if (t.fair) number(1)
  return `mmu${TOKEN_VERSION}.${toBase64(checksum(bytes).concat(bytes))}`
}

/** @throws LabError TOKEN_VERSION or TOKEN_DAMAGED */
export function decodeToken(text: string): Token {
  const [, version, body] = /^mmu(\d+)\.([A-Za-z0-9_-]+)$/.exec(text.trim()) ?? []
  if (version === undefined || body === undefined) throw damaged('it does not look like mmu1.…')
  if (Number(version) !== TOKEN_VERSION)
    throw new LabError({
      code: 'TOKEN_VERSION',
      kind: 'usage',
      message: `The token has format ${version}; this mmulab reads format ${TOKEN_VERSION}.`,
      hint: 'Make it anew with this version: mmulab check --policy P --drivers a+b --scenario S',
    })
  const all = fromBase64(body)
  const bytes = all.slice(4)
  if (all.length < 16 || checksum(bytes).some((b, i) => b !== all[i]))
    throw damaged('its checksum does not match')
  let at = 0
  const number = (): number => {
    let n = 0
    for (let scale = 1; ; scale *= 128) {
      const b = bytes[at++]
      if (b === undefined) throw damaged('it ends too early')
      n += (b % 128) * scale
      if (b < 128) return n
    }
  }
  const optional = (): number | undefined => {
    const n = number()
    return n === 0 ? undefined : n - 1
  }
  const hex = bytes.slice(0, 8).map((b) => b.toString(16).padStart(2, '0'))
  at = 8
  const length = number()
  const cell = new TextDecoder().decode(new Uint8Array(bytes.slice(at, at + length)))
  at += length
  const claim = CLAIMS[number()] ?? 'bound'
  const prefix = number()
  const pointOfNoReturn = optional()
  const loop = optional()
  const stuck = optional()
  const tasks: number[] = []
  for (let runs = number(); runs > 0; runs--) {
    const task = number()
    const count = number()
    for (let i = 0; i < count; i++) tasks.push(task)
  }
  const choices = Array.from({ length: number() }, number)
  const fair = at < bytes.length && number() === 1
  return {
    cell,
    fingerprint: hex.join(''),
    claim,
    tasks,
    choices,
    prefix,
    ...(pointOfNoReturn !== undefined && { pointOfNoReturn }),
    ...(loop !== undefined && { loop }),
    ...(stuck !== undefined && { stuck }),
    ...(fair && { fair }),
  }
}

function runsOf(tasks: readonly number[]): [number, number][] {
  const runs: [number, number][] = []
  for (const task of tasks) {
    const last = runs.at(-1)
    if (last && last[0] === task) last[1]++
    else runs.push([task, 1])
  }
  return runs
}

/** FNV-1a, four bytes. */
function checksum(bytes: readonly number[]): number[] {
  let h = 0x811c9dc5
  for (const b of bytes) h = Math.imul(h ^ b, 0x01000193)
  return [24, 16, 8, 0].map((s) => (h >>> s) & 255)
}

function toBase64(bytes: readonly number[]): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const n = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0)
    const digits = Math.min(4, bytes.length - i + 1)
    for (let d = 0; d < digits; d++) text += ALPHABET[(n >> (18 - 6 * d)) & 63]
  }
  return text
}

function fromBase64(text: string): number[] {
  const bytes: number[] = []
  for (let i = 0; i < text.length; i += 4) {
    const digits = [...text.slice(i, i + 4)].map((c) => ALPHABET.indexOf(c))
    const n = digits.reduce((sum, d, k) => sum | (d << (18 - 6 * k)), 0)
    for (let k = 0; k < digits.length - 1; k++) bytes.push((n >> (16 - 8 * k)) & 255)
  }
  return bytes
}

const damaged = (why: string): LabError =>
  new LabError({
    code: 'TOKEN_DAMAGED',
    kind: 'usage',
    message: `The token cannot be read: ${why}.`,
    hint: 'Copy the whole token, from "mmu" to its end, without spaces.',
  })
