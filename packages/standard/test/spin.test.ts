/**
 * SPIN as an independent judge: the exported world must have the same number of states and transitions, to the last one, and every
 * claim that SPIN can express must get the same verdict.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promela } from '@mmulab/checker'
import { CLAIMS, type ClaimId } from '@mmulab/model'
import { afterAll, describe, expect, it } from 'vitest'
import { explore } from './lab.ts'

const has = (program: string): boolean =>
  spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined
const available = has('spin') && has('gcc')
if (!available) {
  const words = 'SPIN or gcc is not installed: the cross-check with SPIN did NOT run'
  if (process.env.MMULAB_NO_SKIP) throw new Error(words)
  console.warn(`\n*** ${words} ***\n`)
}

const scratch = mkdtempSync(join(tmpdir(), 'mmulab-spin-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

interface SpinResult {
  states: number
  transitions: number
  errors: number
}

function spin(text: string, counting: boolean): SpinResult {
  const run = (program: string, ...args: string[]): string => {
    const done = spawnSync(program, args, { cwd: scratch, encoding: 'utf8', maxBuffer: 1 << 26 })
    if (done.status !== 0 && program !== './pan')
      throw new Error(`${program}: ${done.stdout}${done.stderr}`)
    return done.stdout
  }
  writeFileSync(join(scratch, 'world.pml'), text)
  run('spin', '-a', '-o1', '-o2', '-o3', 'world.pml')
  run('gcc', '-O0', '-DSAFETY', '-DNOREDUCE', '-DVECTORSZ=4096', '-w', '-o', 'pan', 'pan.c')
  // -E: stuck tasks are no error here; -A: nor is an assertion, where only the count is asked for.
  const out = run('./pan', '-m2000000', '-w22', '-E', ...(counting ? ['-A'] : []))
  const number = (pattern: RegExp): number => {
    const found = pattern.exec(out)?.[1]
    if (found === undefined) throw new Error(`pan said:\n${out}`)
    return Number(found)
  }
  return {
    states: number(/(\d+) states, stored/),
    // SPIN counts arriving at the initial state as well (stored + matched).
    transitions: number(/(\d+) transitions/) - 1,
    errors: number(/errors: (\d+)/),
  }
}

/** Claims that are invariants or broken promises on transitions; SPIN has no word for "can still finish". */
const EXPRESSIBLE = CLAIMS.filter(
  (c): c is ClaimId => !['deadlock', 'progress', 'lock-order', 'bound', 'oom'].includes(c),
)

const CELLS = [
  ['mainline@5.4', 'kvm', 'dontneed'],
  ['mainline@5.4', 'kvm', 'overlap'],
  ['mainline@4.19', 'kvm+i915-userptr', 'oom-reap-faults'],
  ['mainline@5.12', 'kvm+i915-userptr', 'oom-reap-faults'],
  ['mainline@5.4+unwind-on-fail', 'i915-userptr+kvm', 'oom-reap'],
  ['mainline@5.8+mayfail', 'i915-userptr~unpinned', 'pin-reclaim'],
  ['mainline@5.8+mayfail', 'kvm+i915-userptr', 'reclaim'],
  ['mainline@5.4', 'rdma-odp+i915-userptr', 'oom-reap-register'],
  ['mainline@5.12', 'rdma-odp+i915-userptr', 'oom-reap'],
  ['mainline@5.4', 'hmm-mirror', 'dontneed'],
  ['mainline@5.12', 'hmm-mirror+i915-userptr', 'oom-reap'],
  ['mainline@5.4', 'rdma-odp', 'munmap'],
  ['mainline@5.5', 'test-hmm', 'oom-reap-register'],
  ['mainline@5.12', 'test-hmm+i915-userptr', 'oom-reap'],
  ['mainline@5.12', 'kvm+test-hmm', 'dontneed'],
] as const

describe.skipIf(!available)('SPIN agrees', () => {
  it.each(CELLS)('%s %s %s', (policy, drivers, scenario) => {
    const { linked, result } = explore(policy, drivers, scenario)
    const counted = spin(promela(linked), true)
    expect([counted.states, counted.transitions]).toEqual([result.states, result.transitions])
    for (const claim of EXPRESSIBLE) {
      const { verdict } = result.claims[claim]
      if (verdict === 'not-claimed') continue
      const { errors } = spin(promela(linked, { claim }), false)
      expect([claim, errors > 0 ? 'violated' : 'holds']).toEqual([claim, verdict])
    }
  })
})
