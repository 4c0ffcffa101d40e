/** Errors about files. Whoever opened the file knows its name; here it is only repeated. */
import { LabError } from '@mmulab/model'

type Code = 'RECORD_FOREIGN' | 'RECORD_TRUNCATED' | 'RECORD_MALFORMED'

const HINTS: Readonly<Record<Code, string>> = {
  RECORD_FOREIGN:
    'A record begins with "# scenario:" and "# kernel:"; the README of @mmulab/records shows its lines.',
  RECORD_TRUNCATED: 'Copy the file again, or record the run again.',
  RECORD_MALFORMED:
    'The README of @mmulab/records lists the fields of a line; a record is not meant to be edited.',
}

/** `line` is counted from 1. */
export function recordError(
  code: Code,
  message: string,
  file: string,
  line?: number,
  known?: readonly string[],
): LabError {
  return new LabError({
    code,
    kind: 'usage',
    message,
    where: line === undefined ? file : `${file}:${line}`,
    hint: HINTS[code],
    ...(known && { known }),
  })
}
