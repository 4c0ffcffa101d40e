/**
 * Where nobody may refuse, and where nobody does, everything that is claimed holds: two KVMs, the GRU beside KVM, interval notifiers
 * alone, under every behaviour of mainline from 5.5 on in every usual scenario, and under every patch on such a kernel in every one whose
 * sections block. KVM is that of the kernel.
 *
 * The searches leave out interleavings that differ in nothing (fusion, partial order, symmetry): two KVMs of 6.1 have tens of millions of
 * states in a scenario without that.
 */
import { type CellName, finish, isCell, runCell } from '@mmulab/compare'
import { atLeast } from '@mmulab/core'
import { describe, expect, it } from 'vitest'
import { broken, lab } from './lab.ts'

const SETS = ['kvm+kvm', 'gru+kvm', 'test-hmm', 'test-hmm+test-hmm']

const VERSIONS = lab.families.flatMap((f) =>
  f.versions.filter((v) => atLeast(v, '5.5')).map((v) => `${f.name}@${v}`),
)

const PATCHED = lab.patches
  .map((p) => `${p.example}+${p.name}`)
  .filter((name) => atLeast(lab.policy(name).version, '5.5'))

/**
 * Of the further ones those that are a path of their own. Without fork and KSM, whose faults copy: two devices that do have tens of millions of
 * states; and without the collapse of file mappings, which told nobody before 6.1.
 */
const FURTHER = ['madvise-free', 'mprotect', 'migrate', 'memory-failure', 'mremap', 'collapse']
const SCENARIOS = [...lab.scenarios.map((s) => s.name), ...FURTHER]

/** The OOM reaper and process_mrelease() open sections that may not block: there a patch may go wrong with nobody to refuse. */
const BLOCKABLE = SCENARIOS.filter((name) => !/^(oom-reap.*|mrelease)$/.test(name))

/** A start that is skipped for a reason that may be gone by the time of its end: where faults that copy go round, linking cannot tell. */
const UNBOUNDED: Readonly<Record<string, readonly string[]>> = {
  'mainline@6.6+skip-while-reaping': ['madvise-free', 'mprotect'],
}

const cells = (policy: string, set: string, among: readonly string[]): CellName[] =>
  among
    .map((scenario) => ({ policy, drivers: set.split('+'), scenario, size: 'small' as const }))
    .filter((name) => isCell(lab, name))

const brokenIn = (name: CellName) =>
  broken(
    finish(
      runCell(lab, name, { reductions: { fusion: true, partialOrder: true, symmetry: true } }),
    ),
  )

function allHold(names: readonly CellName[]): void {
  expect(names.length).toBeGreaterThan(0)
  for (const name of names) expect([name, brokenIn(name)]).toEqual([name, []])
}

describe.each(VERSIONS)('%s', { timeout: 240_000 }, (policy) => {
  it.each(SETS)('%s: all hold', (set) => allHold(cells(policy, set, SCENARIOS)))
})

describe.each(PATCHED)('%s', { timeout: 240_000 }, (policy) => {
  const unbounded = UNBOUNDED[policy] ?? []
  const among = BLOCKABLE.filter((s) => !unbounded.includes(s))
  it.each(SETS)('%s: all hold where sections block', (set) => allHold(cells(policy, set, among)))
})
