/**
 * Where nobody may refuse, and where nobody does, everything that is claimed holds: two KVMs, the GRU beside KVM, interval notifiers
 * alone, under every behaviour of mainline from 5.5 on in every usual scenario, and under every patch on such a kernel where sections block.
 *
 * The searches leave out interleavings that differ in nothing (fusion, partial order). KVM is that of 5.12: two of 5.15, each with faults and
 * memslot updates, have millions of states, and are run where they only register and leave. The two scenarios with the most states are
 * run under the oldest and the newest of these kernels.
 */
import { type CellName, finish, isCell, runCell } from '@mmulab/compare'
import { atLeast } from '@mmulab/core'
import { describe, expect, it } from 'vitest'
import { broken, lab } from './lab.ts'

const SETS = ['kvm@5.12+kvm@5.12', 'gru+kvm@5.12', 'test-hmm+test-hmm']

const VERSIONS = lab.families.flatMap((f) =>
  f.versions.filter((v) => atLeast(v, '5.5')).map((v) => `${f.name}@${v}`),
)

/** Without fork and KSM, whose faults copy: two devices that do have millions of states. */
const scenarios = [...lab.scenarios.map((s) => s.name), 'madvise-free', 'mprotect']
const LARGEST = ['overlap', 'exit']

const cells = (policy: string, sets: readonly string[], among: readonly string[]): CellName[] =>
  sets
    .flatMap((set) =>
      among.map((scenario) => ({
        policy,
        drivers: set.split('+'),
        scenario,
        size: 'small' as const,
      })),
    )
    .filter((name) => isCell(lab, name))

const brokenIn = (name: CellName) =>
  broken(finish(runCell(lab, name, { reductions: { fusion: true, partialOrder: true } })))

function allHold(names: readonly CellName[]): void {
  expect(names.length).toBeGreaterThan(0)
  for (const name of names) expect([name, brokenIn(name)]).toEqual([name, []])
}

describe.each(VERSIONS.map((v, i) => [v, i] as const))('%s', { timeout: 240_000 }, (policy, i) => {
  const outermost = i === 0 || i === VERSIONS.length - 1
  const among = scenarios.filter((s) => outermost || !LARGEST.includes(s))
  it.each(SETS)('%s: all hold', (set) => {
    allHold(cells(policy, [set], among))
  })
})

it('two KVMs of the newest kernel that register and leave', { timeout: 240_000 }, () => {
  const still = ['register-in-section', 'unregister-in-section']
  allHold(cells(VERSIONS.at(-1) ?? '', ['kvm+kvm'], still))
})

describe('patches', { timeout: 240_000 }, () => {
  const patched = lab.patches
    .map((p) => `${p.example}+${p.name}`)
    .filter((name) => atLeast(lab.policy(name).version, '5.5'))
  it.each(patched)('%s: all hold where sections block', (policy) => {
    allHold(cells(policy, SETS, ['dontneed', 'reclaim']))
  })
})
