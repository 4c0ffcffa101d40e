import { describe, expect, it } from 'vitest'
import { parseRecord } from '../src/index.ts'
import { fixture } from './support.ts'

const text = fixture('uml-6.1.192-stock.mr_clean')
const trace = fixture('debian-6.1.0-56.kvm-in-tcg.kvmreap_trace')
const lines = text.split('\n')

/** The record with one line changed; lines are counted from 1. */
const changed = (line: number, edit: (old: string) => string): string =>
  lines.map((old, i) => (i === line - 1 ? edit(old) : old)).join('\n')

const failure = (input: string): unknown => {
  try {
    return parseRecord(input, 'run.txt')
  } catch (error) {
    const { code, kind, message, where } = error as Record<string, unknown>
    return { code, kind, message, where }
  }
}

describe('reading a record', () => {
  it('knows head and events', () => {
    const record = parseRecord(text)
    expect(record).toMatchObject({
      format: 'callbacks',
      scenario: 'mr_clean',
      label: 'uml-6.1.192-stock',
      notes: [],
    })
    expect(record.events).toHaveLength(63)
    expect(record.events.find((e) => e.cb === 'start')).toEqual({
      seq: 3,
      line: 7,
      tid: expect.any(Number),
      comm: 'init',
      mm: 0,
      n: 'A',
      cb: 'start',
      s: '5ef000',
      e: '5f0000',
      ev: 'CLEAR',
      blockable: true,
      ret: 0,
      cnt: 1,
    })
  })

  it('reads text and names of tasks with blanks in them, and other ends of line', () => {
    const input = changed(7, (l) => l.replace('comm=init', 'comm=Web Content 7')).replaceAll(
      '\n',
      '\r\n',
    )
    const { events } = parseRecord(input)
    expect(events[3]?.comm).toBe('Web Content 7')
    expect(events.at(-1)?.text).toBe('victim status=9')
  })

  it('notes where lines are missing, and leaves it to the judge', () => {
    const { notes } = parseRecord(changed(12, () => ''))
    expect(notes).toEqual(['seq=9 where 8 was due: lines are missing'])
  })
})

describe('files that are refused', () => {
  it.each([
    ['nothing', ''],
    ['another text', 'Dear Sir or Madam,\n'],
    ['a head without events', `${lines.slice(0, 3).join('\n')}\n`],
    ['events without a head', lines.slice(3).join('\n')],
    ['a trace of something else', '# tracer: function\n#\n'],
  ])('foreign: %s', (_, input) => {
    expect(failure(input)).toMatchObject({
      code: 'RECORD_FOREIGN',
      kind: 'usage',
      where: 'run.txt',
    })
  })

  it.each([
    ['in the middle of a line', text.slice(0, -30)],
    ['before the last end of line', text.slice(0, -1)],
    ['with an end of line put after the cut', `${text.slice(0, -40)}\n`],
    ['in the middle of a trace', trace.slice(0, -20)],
  ])('cut off %s', (_, input) => {
    expect(failure(input)).toMatchObject({ code: 'RECORD_TRUNCATED', kind: 'usage' })
  })

  it('at every place of the last line, as cut off', () => {
    const start = text.lastIndexOf('\n', text.length - 2) + 1
    for (let end = start + 1; end < text.length; end++)
      expect(failure(text.slice(0, end))).toMatchObject({ code: 'RECORD_TRUNCATED' })
  })

  it('a trace with fewer entries than it says', () => {
    const short = trace.split('\n').toSpliced(100, 1).join('\n')
    expect(failure(short)).toMatchObject({
      code: 'RECORD_TRUNCATED',
      message: 'The trace says that it has 253 entries; there are 252.',
    })
  })

  it('a trace whose buffer has overflowed', () => {
    expect(failure(trace.replace('253/253', '253/300'))).toMatchObject({
      code: 'RECORD_TRUNCATED',
      message: 'The trace has lost entries: 300 were written, 253 were kept.',
    })
  })

  it.each([
    ['a field that is missing', 9, / ev=\w+/, '', 'has no field "ev"'],
    [
      'a field too many',
      9,
      / aux=/,
      ' colour=red aux=',
      'a field that records do not have: "colour"',
    ],
    ['a value that is none', 9, / ret=0/, ' ret=yes', 'no usable value in the field "ret"'],
    ['fields in another order', 9, /blk=1 ret=0/, 'ret=0 blk=1', 'its fields out of order'],
    ['a callback that does not exist', 9, /cb=\w+/, 'cb=strat', 'There is no callback "strat"'],
    ['a line of something else', 9, /^.*$/, 'hello', 'is not an event of a record'],
    ['lines in another order', 9, /seq=5/, 'seq=4', 'seq=4 follows seq=4'],
  ])('%s', (_, line, from, to, message) => {
    const input = changed(line, (old) => old.replace(from, to))
    expect(failure(input)).toMatchObject({
      code: 'RECORD_MALFORMED',
      kind: 'usage',
      where: 'run.txt:9',
      message: expect.stringContaining(message),
    })
  })
})
