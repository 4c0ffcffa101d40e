/** docs/mutants.md says what the tests of mutants pin, driver by driver and policy by policy, and its sums are right. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

type Numbers = readonly [total: number, killed: number, equivalent: number, survived: number]

/** Rows of the tables, by the name in their first column. */
const rows = new Map(
  [...read('docs/mutants.md').matchAll(/^\| `?([\w@.+-]+(?: [a-z]+)?)`? \|([\d |]+)\|$/gm)].map(
    ([, name = '', numbers = '']) => [name, numbers.split('|').map(Number) as unknown as Numbers],
  ),
)

/** What a test pins: a score, and as many survivors as it names. */
function pinned(test: string): Numbers {
  const [, killed, equivalent] = /killed: (\d+), equivalent: (\d+)/.exec(test)?.map(Number) ?? []
  const survivors = test.slice(test.indexOf('survivors:')).split(/\n {2,4}\},?\n/)[0] ?? ''
  const survived = survivors.match(/^ +['"].*['"]:/gm)?.length ?? 0
  if (killed === undefined || equivalent === undefined) throw new Error('no score')
  return [killed + equivalent + survived, killed, equivalent, survived]
}

describe('docs/mutants.md', () => {
  const drivers = readdirSync(join(ROOT, 'packages/drivers')).filter((name) =>
    existsSync(join(ROOT, 'packages/drivers', name, 'test/mutants.test.ts')),
  )

  it.each(drivers)('%s', (name) => {
    const row = [...rows].find(([key]) => key.startsWith(`${name}@`))
    expect(row?.[1]).toEqual(pinned(read(`packages/drivers/${name}/test/mutants.test.ts`)))
  })

  it('the sums', () => {
    const sum = (of: readonly Numbers[]): number[] =>
      [0, 1, 2, 3].map((i) => of.reduce((n, row) => n + (row[i] ?? 0), 0))
    const all = [...rows]
    const isPolicy = ([key]: readonly [string, Numbers]): boolean => /^(mainline@|\+)/.test(key)
    const named = all.filter(([key]) => !key.startsWith('all '))
    const policies = named.filter(isPolicy).map(([, n]) => n)
    const others = named.filter((r) => !isPolicy(r)).map(([, n]) => n)
    expect(rows.get('all drivers')).toEqual(sum(others))
    expect(rows.get('all policies')).toEqual(sum(policies))
  })

  it('every row adds up', () => {
    expect(rows.size).toBeGreaterThan(10)
    for (const [name, [total, killed, equivalent, survived]] of rows)
      expect([name, killed + equivalent + survived]).toEqual([name, total])
  })

  it('the policies that a test pins', () => {
    const [, first = '', second = ''] = read('packages/standard/test/policy-mutants.test.ts').split(
      'testPolicyMutants(',
    )
    expect(rows.get('mainline@5.12')).toEqual(pinned(first))
    expect(rows.get('+unwind-on-fail')).toEqual(pinned(second))
  })
})
