/** Large files: read piece by piece, and replaced as a whole or not at all. */
import {
  closeSync,
  fstatSync,
  fsyncSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'

const PIECE = 1 << 22

export function piecesOf(file: string): { size: number; read(): Generator<Uint8Array> } {
  const fd = openSync(file, 'r')
  const { size } = fstatSync(fd)
  return {
    size,
    *read() {
      try {
        for (;;) {
          const piece = new Uint8Array(PIECE)
          const n = readSync(fd, piece)
          if (n === 0) return
          yield piece.subarray(0, n)
        }
      } finally {
        closeSync(fd)
      }
    },
  }
}

/**
 * Writes beside the file and renames only when all of it is on the disk, so that whatever happens in between, be it the end of the
 * process or of the machine, the file is the old one or the new one.
 */
export function replaceFile(file: string, pieces: Iterable<Uint8Array>): void {
  const beside = `${file}.part`
  try {
    const fd = openSync(beside, 'w')
    try {
      for (const piece of pieces)
        for (let at = 0; at < piece.length; ) at += writeSync(fd, piece, at)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    renameSync(beside, file)
  } catch (error) {
    rmSync(beside, { force: true })
    throw error
  }
  syncFolder(dirname(file))
}

/** The new name is on the disk too; where folders cannot be opened, the system does it when it likes. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const fd = openSync(folder, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
