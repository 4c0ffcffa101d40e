/**
 * The recording module's own format: three head lines, then one `np` line per event, every field always there and in the
 * same order.
 *
 *     np seq=21 ts=26048479697 pid=30 tid=30 tag=0 comm=oom_reaper cpu=1 mm=0 n=A cb=start s=400000 e=401000 ev=UNMAP blk=0 ret=0 cnt=1 aux=0
 *
 * Reading is strict, because a judge must not mistake a damaged file for a kernel that behaves oddly.
 */
import { nearest } from '@mmulab/model'
import { recordError } from './errors.ts'
import { headOf, linesOf } from './head.ts'
import { CALLBACKS, type Callback, type KernelRecord, type RecordEvent } from './record.ts'

const FIELDS: readonly (readonly [string, string])[] = [
  ['seq', '\\d+'],
  ['ts', '\\d+'],
  ['pid', '\\d+'],
  ['tid', '\\d+'],
  ['tag', '-?\\d+'],
  // The name of a task may hold blanks.
  ['comm', '.*?'],
  ['cpu', '\\d+'],
  ['mm', '-?\\d+'],
  ['n', '[A-Za-z0-9_]+|-'],
  ['cb', '\\S+'],
  ['s', '[0-9a-f]+'],
  ['e', '[0-9a-f]+'],
  ['ev', '\\S+'],
  ['blk', '-1|0|1'],
  ['ret', '-?\\d+'],
  ['cnt', '-?\\d+'],
  ['aux', '-?[0-9a-f]+'],
]
/** Whose `aux` is a sequence number. */
const WITH_SEQUENCE: readonly Callback[] = ['inval', 'rd_begin', 'rd_retry']
const LINE = new RegExp(
  `^np ${FIELDS.map(([key, value]) => `${key}=(?<${key}>${value})`).join(' ')}(?: text=(?<text>.*))?$`,
)

export function parseNp(text: string, file: string): KernelRecord {
  const { lines, cut } = linesOf(text)
  const head = headOf(lines)
  if (!head || !lines.some((line) => line.startsWith('np ')))
    throw recordError('RECORD_FOREIGN', 'This is not a record of notifier callbacks.', file)
  const events: RecordEvent[] = []
  const notes: string[] = []
  for (const [i, line] of lines.entries()) {
    if (line === '' || line.startsWith('#')) continue
    const last = i === lines.length - 1
    if (cut && last)
      throw recordError('RECORD_TRUNCATED', 'The last line of the record is cut off.', file, i + 1)
    const event = parseLine(line, i + 1, file, last)
    const before = events.at(-1)
    if (before && event.seq <= before.seq)
      throw recordError(
        'RECORD_MALFORMED',
        `The events are not in order: seq=${event.seq} follows seq=${before.seq}.`,
        file,
        i + 1,
      )
    const expected = before ? before.seq + 1 : 0
    if (event.seq !== expected)
      notes.push(`seq=${event.seq} where ${expected} was due: lines are missing`)
    events.push(event)
  }
  return { format: 'callbacks', ...head, events, notes }
}

function parseLine(line: string, number: number, file: string, last: boolean): RecordEvent {
  const f = LINE.exec(line)?.groups
  if (!f) {
    const { what, short } = faultOf(line)
    throw recordError(
      last && short ? 'RECORD_TRUNCATED' : 'RECORD_MALFORMED',
      last && short ? `The last line of the record is cut off: ${what}.` : `Line ${what}.`,
      file,
      number,
    )
  }
  const get = (key: string): string => f[key] ?? ''
  const cb = callbackOf(get('cb'))
  if (!cb)
    throw recordError(
      'RECORD_MALFORMED',
      `There is no callback "${get('cb')}".`,
      file,
      number,
      nearest(get('cb'), Object.keys(CALLBACKS)),
    )
  return {
    seq: Number(get('seq')),
    line: number,
    tid: Number(get('tid')),
    comm: get('comm'),
    mm: Number(get('mm')),
    n: get('n'),
    cb,
    s: get('s'),
    e: get('e'),
    ev: get('ev'),
    ...(get('blk') !== '-1' && { blockable: get('blk') === '1' }),
    ret: Number(get('ret')),
    cnt: Number(get('cnt')),
    ...(WITH_SEQUENCE.includes(cb) && { aux: Number.parseInt(get('aux'), 16) }),
    ...(f.text !== undefined && { text: f.text }),
  }
}

const callbackOf = (cb: string): Callback | undefined =>
  (Object.keys(CALLBACKS) as Callback[]).find((known) => known === cb)

/** What is wrong with a line, and whether it merely ends too early. */
function faultOf(line: string): { what: string; short: boolean } {
  if (!line.startsWith('np ')) return { what: 'is not an event of a record', short: false }
  const known = new Set([...FIELDS.map(([key]) => key), 'text'])
  const fields: readonly string[] =
    line.replace(/ text=.*$/, '').match(/(?<= )[A-Za-z_]\w*(?==)/g) ?? []
  const unknown = fields.find((key) => !known.has(key))
  if (unknown) return { what: `has a field that records do not have: "${unknown}"`, short: false }
  const missing = FIELDS.findIndex(([key]) => !fields.includes(key))
  if (missing >= 0) {
    const short = FIELDS.slice(missing).every(([key]) => !fields.includes(key))
    return { what: `has no field "${FIELDS[missing]?.[0]}"`, short }
  }
  const bad = FIELDS.find(
    ([key, value]) => key !== 'comm' && !new RegExp(` ${key}=(?:${value})(?: |$)`).test(line),
  )
  return {
    what: bad ? `has no usable value in the field "${bad[0]}"` : 'has its fields out of order',
    short: bad?.[0] === 'aux',
  }
}
