/**
 * All records that are at hand: the folder MMULAB_RECORDS, or shared/kernel-records beside the checkout. What must come out is
 * known to this test from the label; the judge does not look at it.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { judge, type KernelRecord } from '../src/index.ts'
import { INTERVALS, POLICIES, UNWINDS } from './support.ts'

const beside = fileURLToPath(new URL('../../../../shared/kernel-records', import.meta.url))
const folder = process.env.MMULAB_RECORDS ?? beside
const files = existsSync(folder) ? readdirSync(folder).filter((f) => f.endsWith('.txt')) : []

/** Somebody refuses a section that may not block, while another notifier has an end operation. */
function tellsApart({ events }: KernelRecord): boolean {
  const refusers = events.filter((e) => e.cb === 'start' && e.ret && e.blockable === false)
  const core = events.some((e) => e.cb === 'core_start_rc' && e.ret && e.blockable === false)
  const enders = new Set(events.filter((e) => e.cb === 'end').map((e) => e.n))
  return refusers.some((e) => enders.size > (enders.has(e.n) ? 1 : 0)) || (core && enders.size > 0)
}

describe('all records at hand', () => {
  if (files.length === 0) {
    console.warn(`RECORDS NOT JUDGED: there is no folder ${folder}; set MMULAB_RECORDS to one.`)
    it.skip(`no records in ${folder}`, () => {})
    return
  }
  const rows: string[] = []

  it.each(files)('%s', (file) => {
    const text = readFileSync(`${folder}/${file}`, 'utf8')
    const { record, verdicts } = judge(text, { file, policies: POLICIES })
    const first = verdicts.find((v) => v.at)?.at
    const words = verdicts.map((v) => v.verdict.padEnd(12)).join('')
    rows.push(`${file.replace(/\.txt$/, '').padEnd(56)}${words}${first?.text ?? ''}`)

    const made = record.label.includes('nounwind')
      ? (name: string) => !UNWINDS.includes(name)
      : (name: string) => UNWINDS.includes(name)
    const others = tellsApart(record) ? 'refused' : 'explained'
    const tree = record.events.some((e) => e.cb === 'insert')
    const expected = (name: string): string =>
      tree && !INTERVALS.includes(name) ? 'refused' : made(name) ? 'explained' : others
    expect(verdicts.map((v) => [v.policy, v.verdict])).toEqual(
      POLICIES.map((p) => [p.name, expected(p.name)]),
    )
  })

  it('prints the table', () => {
    const names = POLICIES.map((p) => p.name.replace('mainline@', '').slice(0, 11).padEnd(12))
    const head = `${'record'.padEnd(56)}${names.join('')}first misfit`
    console.info([head, ...rows].join('\n'))
    expect(rows).toHaveLength(files.length)
  })
})
