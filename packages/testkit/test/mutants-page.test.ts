/** docs/mutants.md adds up. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
const page = read('docs/mutants.md')

type Numbers = readonly [total: number, killed: number, equivalent: number, survived: number]

/** Rows of one of the tables, by the name in their first column. */
function rowsOf(kind: 'driver' | 'policy'): Map<string, Numbers> {
  const table = page.slice(page.indexOf(`<!-- ${kind} -->`), page.indexOf(`<!-- /${kind} -->`))
  return new Map(
    [...table.matchAll(/^\| `?([\w@.+-]+)`? \|([\d |]+)\|$/gm)].map(
      ([, name = '', numbers = '']) => [name, numbers.split('|').map(Number) as unknown as Numbers],
    ),
  )
}

const drivers = rowsOf('driver')
const policies = rowsOf('policy')

describe('docs/mutants.md', () => {
  it.each([
    ['driver', drivers],
    ['policy', policies],
  ])('the rows of each %s add up, and so does the table', (_, rows) => {
    for (const [name, [total, ...parts]] of rows)
      expect([name, parts.reduce((a, b) => a + b)]).toEqual([name, total])
    const own = [...rows].filter(([name]) => name !== 'all').map(([, numbers]) => numbers)
    const sums = [0, 1, 2, 3].map((i) => own.reduce((n, row) => n + (row[i] ?? 0), 0))
    expect(rows.get('all')).toEqual(sums)
  })
})
