/** docs/mutants.md names everything that ships, its sums are right, and it says what the tests pin. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
const page = read('docs/mutants.md')

/** As pinned: the page says besides how many of the killed are so by counts alone. */
type Numbers = readonly [total: number, killed: number, equivalent: number, survived: number]

/** By name: how many are killed, and how many of these by counts alone. */
const byCounts = new Map<string, readonly [killed: number, counted: number]>()

/** Rows of one of the tables, by the name in their first column. */
function rowsOf(kind: 'driver' | 'policy'): Map<string, Numbers> {
  const table = page.slice(page.indexOf(`<!-- ${kind} -->`), page.indexOf(`<!-- /${kind} -->`))
  return new Map(
    [...table.matchAll(/^\| `?([\w@.+-]+)`? \|([\d |–]+)\|$/gm)].map(
      ([, name = '', numbers = '']) => {
        const [total = 0, killed = 0, counted = 0, equivalent = 0, survived = 0] = numbers
          .split('|')
          .map(Number)
        byCounts.set(name, [killed, counted])
        return [name, [total, killed, equivalent, survived]]
      },
    ),
  )
}

const drivers = rowsOf('driver')
const policies = rowsOf('policy')

/** Each `score` of a test file, with as many survivors as it names. */
const pinned = (test: string): Numbers[] =>
  [
    ...test.matchAll(
      /score: \{ total: (\d+), killed: (\d+), equivalent: (\d+) \}(?:,\s+survivors: \{([^}]*)\})?/g,
    ),
  ].map(([, total, killed, equivalent, survivors = '']) => [
    Number(total),
    Number(killed),
    Number(equivalent),
    survivors.match(/^ +['"].*['"]:/gm)?.length ?? 0,
  ])

const testsOf = (folder: string): string[] =>
  readdirSync(join(ROOT, folder))
    .map((name) => `${folder}/${name}/test/mutants.test.ts`)
    .filter((path) => existsSync(join(ROOT, path)))

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
    for (const name of rows.keys()) {
      const [killed, counted] = byCounts.get(name) ?? []
      // One that is not known is a dash.
      if (!Number.isNaN(counted))
        expect([name, counted]).toEqual([name, Math.min(counted ?? -1, killed ?? 0)])
    }
  })

  it('every driver that ships, by era', () => {
    const shipped = readdirSync(join(ROOT, 'packages/drivers')).flatMap((name) => {
      const folder = join(ROOT, 'packages/drivers', name, 'src')
      const texts = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'))
      return texts.flatMap((text) =>
        [...text.matchAll(/^ +era: '([^']+)'/gm)].map(([, era]) => `${name}@${era}`),
      )
    })
    const rows = [...drivers.keys()].filter((name) => name !== 'all')
    expect(rows.sort()).toEqual([...new Set(shipped)].sort())
  })

  it('every policy that ships', () => {
    const names = [...policies.keys()].map((name) => name.split('+').at(-1)?.split('@')[0])
    for (const name of readdirSync(join(ROOT, 'packages/policies'))) expect(names).toContain(name)
  })

  it('what the drivers pin, each in its own tests', () => {
    const all = testsOf('packages/drivers').flatMap((path) => pinned(read(path)))
    const rows = [...drivers].filter(([name]) => name !== 'all').map(([, numbers]) => numbers)
    expect(all.map(String).sort()).toEqual(rows.map(String).sort())
  })

  it('what the policies pin', () => {
    const files = [...testsOf('packages/policies'), 'packages/standard/test/policy-mutants.test.ts']
    const rows = [...policies.values()].map(String)
    for (const numbers of files.flatMap((path) => pinned(read(path))))
      expect(rows).toContain(String(numbers))
  })
})
