/**
 * Checkpoints as files. In this order: eight letters and the number of the format; the length of the header, the header (JSON: the
 * cell, how it was asked for, and all of the search but its states) and its SHA-256; the packed states as they lie in
 * memory, 32-bit words with the low byte first; and the SHA-256 of everything before. States are written and read piece by
 * piece, however many there are, and nothing of a file is used before all of it was found to be whole.
 */
import { createHash, type Hash } from 'node:crypto'
import { endianness } from 'node:os'
import type { Checkpoint, Saved } from '@mmulab/checker'
import { LabError } from '@mmulab/model'
import type { Io } from './io.ts'
import { version } from './version.ts'

export interface CheckpointFile {
  /** As `formatCell` writes it. */
  readonly cell: string
  readonly checkpoint: Checkpoint
}

const LETTERS = 'mmulabCP'
const FORMAT = 1
const START = LETTERS.length + 8
const DIGEST = 32
/** Bytes that are hashed and written at once. */
const PIECE = 1 << 24
/** No header is as long as this; one that says so is damaged. */
const LONGEST = 1 << 28

interface Header {
  readonly mmulab: string
  readonly cell: string
  readonly checkpoint: Omit<Checkpoint, 'search'>
  readonly search: Omit<Saved, 'packed'>
}

/** @throws LabError CHECKPOINT_NOT_WRITTEN; the file that was there before is still there then */
export function writeCheckpoint(io: Io, file: string, { cell, checkpoint }: CheckpointFile): void {
  try {
    io.replace(file, piecesToWrite(cell, checkpoint))
  } catch (error) {
    throw new LabError({
      code: 'CHECKPOINT_NOT_WRITTEN',
      kind: 'usage',
      message: `The checkpoint could not be written: ${(error as Error).message}.`,
      where: file,
      hint: 'The one before it, if there is one, is whole. Make room, or name another file with --checkpoint.',
    })
  }
}

function* piecesToWrite(cell: string, { search, ...rest }: Checkpoint): Generator<Uint8Array> {
  const { packed, ...plain } = search
  const header: Header = { mmulab: version(), cell, checkpoint: rest, search: plain }
  const text = new TextEncoder().encode(JSON.stringify(header))
  const start = new Uint8Array(START)
  start.set(new TextEncoder().encode(LETTERS))
  new DataView(start.buffer).setUint32(LETTERS.length, FORMAT, true)
  new DataView(start.buffer).setUint32(LETTERS.length + 4, text.length, true)
  const hash = createHash('sha256')
  for (const piece of [start, text, createHash('sha256').update(start).update(text).digest()]) {
    hash.update(piece)
    yield piece
  }
  for (const states of packed) {
    const bytes = new Uint8Array(states.buffer, states.byteOffset, states.byteLength)
    for (let at = 0; at < bytes.length; at += PIECE) {
      const piece = inOrder(bytes.subarray(at, at + PIECE))
      hash.update(piece)
      yield piece
    }
  }
  yield hash.digest()
}

/**
 * The states are read, and found to be whole, when somebody goes through them. @throws LabError FILE_MISSING and its kin,
 * CHECKPOINT_FOREIGN, CHECKPOINT_VERSION, CHECKPOINT_DAMAGED
 */
export function readCheckpoint(io: Io, file: string): CheckpointFile {
  try {
    return open(io, file)
  } catch (error) {
    throw error instanceof LabError ? error : unreadable(file, error as NodeJS.ErrnoException)
  }
}

function open(io: Io, file: string): CheckpointFile {
  const { size, read } = io.pieces(file)
  const source = reader(read())
  const start = source.take(START)
  if (start === undefined || new TextDecoder().decode(start.subarray(0, 8)) !== LETTERS)
    throw new LabError({
      code: 'CHECKPOINT_FOREIGN',
      kind: 'usage',
      message: 'This file is no checkpoint of mmulab.',
      where: file,
      hint: 'mmulab check ... --checkpoint FILE writes one.',
    })
  const view = new DataView(start.buffer, start.byteOffset)
  const format = view.getUint32(LETTERS.length, true)
  if (format !== FORMAT) throw otherVersion(file, `has format ${format}, not ${FORMAT}`)
  const length = view.getUint32(LETTERS.length + 4, true)
  if (length > LONGEST || size < START + length + 2 * DIGEST) throw damaged(file, 'it is cut short')
  const text = source.take(length)
  const digest = source.take(DIGEST)
  if (!text || !digest || !isSame(createHash('sha256').update(start).update(text).digest(), digest))
    throw damaged(file, 'the checksum of its header does not match')
  const { mmulab, cell, checkpoint, search } = JSON.parse(new TextDecoder().decode(text)) as Header
  if (mmulab !== version())
    throw otherVersion(file, `was made by mmulab ${mmulab}, not ${version()}`)
  const bytes = 4 * search.words * search.states
  const whole = START + length + 2 * DIGEST + bytes
  if (size !== whole)
    throw damaged(file, size < whole ? 'it is cut short' : 'it goes on after its end')
  const hash = createHash('sha256').update(start).update(text).update(digest)
  const packed = statesIn(source, bytes, hash, file)
  return { cell, checkpoint: { ...checkpoint, search: { ...search, packed } } }
}

function* statesIn(source: Source, bytes: number, hash: Hash, file: string): Generator<Int32Array> {
  for (let left = bytes; left > 0; ) {
    const piece = source.take(Math.min(left, PIECE))
    if (!piece) throw damaged(file, 'it is cut short')
    hash.update(piece)
    left -= piece.length
    yield new Int32Array(inOrder(piece).buffer)
  }
  const digest = source.take(DIGEST)
  if (!digest || !isSame(hash.digest(), digest))
    throw damaged(file, 'the checksum of its states does not match')
}

interface Source {
  /** Exactly so many bytes, or nothing where there are fewer. */
  take(count: number): Uint8Array | undefined
}

function reader(pieces: Generator<Uint8Array>): Source {
  let rest: Uint8Array = new Uint8Array(0)
  return {
    take(count) {
      const out = new Uint8Array(count)
      for (let filled = 0; filled < count; ) {
        if (rest.length === 0) {
          const next = pieces.next()
          if (next.done) return undefined
          rest = next.value
        }
        const part = rest.subarray(0, count - filled)
        out.set(part, filled)
        filled += part.length
        rest = rest.subarray(part.length)
      }
      return out
    },
  }
}

/** Words with the low byte first, or back again. */
const inOrder = (bytes: Uint8Array): Uint8Array =>
  endianness() === 'LE' ? bytes : Uint8Array.from(bytes, (_, i) => bytes[i ^ 3] ?? 0)

const isSame = (a: Uint8Array, b: Uint8Array): boolean => a.every((x, i) => x === b[i])

const damaged = (file: string, why: string): LabError =>
  new LabError({
    code: 'CHECKPOINT_DAMAGED',
    kind: 'usage',
    message: `The checkpoint cannot be used: ${why}.`,
    where: file,
    hint: 'Take an older one, or begin again without --resume.',
  })

const otherVersion = (file: string, why: string): LabError =>
  new LabError({
    code: 'CHECKPOINT_VERSION',
    kind: 'usage',
    message: `The checkpoint ${why}.`,
    where: file,
    hint: 'Go on with it by the version that made it, or begin again without --resume.',
  })

function unreadable(file: string, { code, message }: NodeJS.ErrnoException): LabError {
  const [name, why] =
    code === 'ENOENT'
      ? ['FILE_MISSING', 'There is no such checkpoint']
      : code === 'EISDIR'
        ? ['FILE_IS_FOLDER', 'This is a folder, not a checkpoint']
        : ['FILE_UNREADABLE', `The checkpoint cannot be read: ${message}`]
  const hint = 'Check the path; mmulab check ... --checkpoint FILE writes one.'
  return new LabError({ code: name, kind: 'usage', message: `${why}.`, where: file, hint })
}
