/** What distinguishes each policy from its neighbour is a cell that can be run; no policy is without one. */
import { buildNamed } from '@mmulab/compare'
import { describe, expect, it } from 'vitest'
import { labelsOf, orderOf } from './calls.ts'
import { type Difference, differences } from './differences.ts'
import { broken, explore, toyLab } from './lab.ts'

/** What one of the two has to show. */
function shown(d: Difference, policy: string): unknown {
  const { drivers, scenario, size = 'small' } = d
  const report = () => explore(policy, drivers, scenario, size, toyLab)
  if ('verdicts' in d) return broken(report())
  if ('reaped' in d) {
    const measure = report().result.measures.find((m) => m.name === 'pages reaped')
    return [measure?.min, measure?.max]
  }
  if ('order' in d) return orderOf(labelsOf(d.task, { policy, drivers, scenario }, size), d.words)
  if ('says' in d) return report().result.claims[d.claim].message
  try {
    buildNamed(toyLab, { policy, drivers: drivers.split('+'), scenario, size })
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

function expected(d: Difference): readonly [unknown, unknown] {
  if ('verdicts' in d) return d.verdicts
  if ('reaped' in d) return d.reaped
  if ('order' in d) return d.order
  const said = 'says' in d ? d.says : d.refuses
  const contains = (text: string | undefined) =>
    text === undefined ? undefined : expect.stringContaining(text)
  return [contains(said[0]), contains(said[1])]
}

const kindOf = (d: Difference): string =>
  ['verdicts', 'reaped', 'order', 'says', 'refuses'].find((k) => k in d) ?? ''

describe('neighbours differ', () => {
  it.each(
    differences.map((d) => [d.from, d.of, kindOf(d), `${d.drivers} in ${d.scenario}`, d] as const),
  )('%s and %s: %s of %s', (from, of, _kind, _cell, d) => {
    const [before, after] = expected(d)
    expect(before).not.toEqual(after)
    expect(shown(d, from)).toEqual(before)
    expect(shown(d, of)).toEqual(after)
  })
})

describe('nobody is without a difference', () => {
  const pairs = differences.map((d) => [toyLab.policy(d.from), toyLab.policy(d.of)] as const)

  it.each(toyLab.families.flatMap((f) => f.versions.slice(1).map((v) => [f.name, v] as const)))(
    '%s@%s differs from the behaviour before it',
    (family, version) => {
      const { versions = [] } = toyLab.families.find((f) => f.name === family) ?? {}
      const before = `${family}@${versions[versions.indexOf(version) - 1]}`
      const found = pairs.some(
        ([from, of]) => from.resolved === before && of.resolved === `${family}@${version}`,
      )
      expect(found).toBe(true)
    },
  )

  it.each(toyLab.patches.map((p) => [p.name] as const))('+%s differs from its base', (name) => {
    const found = pairs.some(
      ([from, of]) => of.patches.at(-1) === name && of.name === `${from.name}+${name}`,
    )
    expect(found).toBe(true)
  })
})
