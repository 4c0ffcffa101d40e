/** Every rule finds the driver that breaks it; those that need no device are in rules.test.ts. */
import type { Driver } from '@mmulab/core'
import { describe, expect, it } from 'vitest'
import { type Case, conformance } from '../src/index.ts'
import { listDevice, treeDevice } from './flawed.ts'
import { haltingDevice } from './flawed-halting.ts'

const ON_LIST = [
  'maps-again',
  'blockable-start-says-yes',
  'refuses-with-eagain',
  'may-fail-has-no-end',
  'no-complaint',
  'ends-what-it-began',
  'undoes-a-refusal',
  'unwound',
  'retries-after-invalidation',
  'no-stale-mapping',
  'waits-for-readers',
  'context',
  'finishes',
  'lock-order',
  'bounds',
  'one-lock',
  'counts-under-lock',
  'gives-locks-back',
  'teardown',
]
const ON_TREE = ['mmap-lock-held', 'set-seq-under-lock', 'survives-its-own-reclaim']
const HALTING = [
  'maps-again',
  'populates',
  'runs-again',
  'set-up-is-mapped',
  'written-as-looked-at',
]
/** Shape and contract, in rules.test.ts. */
const ELSEWHERE = ['contract-version', 'shape', 'deterministic', 'does-something', 'counts']

const caseOf = (driver: Driver, id: string): Case => {
  const found = conformance(driver).find((c) => c.id === id)
  if (!found) throw new Error(`there is no rule ${id}`)
  return found
}

describe.each([
  ['a device on the list', listDevice, ON_LIST],
  ['a device on the tree', treeDevice, ON_TREE],
  ['a device that stands still meanwhile', haltingDevice, HALTING],
] as const)('%s', (_title, make, flaws) => {
  it('keeps every rule', () => {
    for (const { id, run } of conformance(make()))
      expect([id, run()]).not.toMatchObject([id, { status: 'broken' }])
  })

  it.each(flaws)('%s', (flaw) => {
    expect(caseOf(make(flaw), flaw).run()).toMatchObject({ status: 'broken' })
  })
})

describe('the rules', () => {
  const rules = conformance(listDevice())

  it('each is broken by some driver of these tests', () => {
    expect(rules.map((c) => c.id).sort()).toEqual(
      [...new Set([...ON_LIST, ...ON_TREE, ...HALTING, ...ELSEWHERE])].sort(),
    )
  })

  it('each says where the kernel asks for it, or that it does not', () => {
    for (const { kernelReference } of rules) expect(kernelReference).toMatch(/^none: |\w\/[\w.-]+/)
  })

  it('whatever is broken in a run has a story', () => {
    for (const flaw of ['ends-what-it-began', 'no-stale-mapping', 'unwound', 'context', 'finishes'])
      expect(caseOf(listDevice(flaw), flaw).run()).toMatchObject({
        cell: expect.stringMatching(/\|example/),
        token: expect.stringMatching(/^mmu1\./),
      })
  })

  it.each([
    ['one-lock', listDevice],
    ['counts-under-lock', listDevice],
    ['gives-locks-back', listDevice],
    ['mmap-lock-held', treeDevice],
    ['set-seq-under-lock', treeDevice],
    ['written-as-looked-at', haltingDevice],
  ] as const)('%s is read off a procedure, and says how it comes to it', (flaw, make) => {
    const result = caseOf(make(flaw), flaw).run()
    expect(result).toMatchObject({ path: { lines: expect.arrayContaining([expect.any(String)]) } })
    if (result.status === 'broken') expect(result.message).toContain(result.path?.procedure)
  })
})
