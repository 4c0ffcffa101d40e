/** From the text of a file to a record. */
import { parseNp } from './np.ts'
import type { KernelRecord } from './record.ts'
import { isTrace, parseTrace } from './trace.ts'

/**
 * Reads a record. `file` is only repeated in errors.
 *
 * @throws LabError RECORD_FOREIGN, RECORD_TRUNCATED, RECORD_MALFORMED
 */
export function parseRecord(text: string, file = 'record'): KernelRecord {
  return isTrace(text) ? parseTrace(text, file) : parseNp(text, file)
}
