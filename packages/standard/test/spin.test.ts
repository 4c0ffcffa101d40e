/**
 * SPIN as an independent judge: the exported world must have the same number of states and transitions, to the last one, and every
 * claim that SPIN can express must get the same verdict.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brokenName, expressible, promela } from '@mmulab/checker'
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
  broken: ReadonlySet<string>
}

function spin(text: string): SpinResult {
  const run = (program: string, ...args: string[]): string => {
    const done = spawnSync(program, args, { cwd: scratch, encoding: 'utf8', maxBuffer: 1 << 26 })
    if (done.status !== 0 && program !== './pan')
      throw new Error(`${program}: ${done.stdout}${done.stderr}`)
    return done.stdout
  }
  writeFileSync(join(scratch, 'world.pml'), text)
  run('spin', '-a', '-o1', '-o2', '-o3', 'world.pml')
  run('gcc', '-O0', '-DSAFETY', '-DNOREDUCE', '-DVECTORSZ=4096', '-w', '-o', 'pan', 'pan.c')
  // -E: stuck tasks are no error here; -c0: go on after an error.
  const out = run('./pan', '-m2000000', '-w22', '-E', '-c0')
  const number = (pattern: RegExp): number => {
    const found = pattern.exec(out)?.[1]
    if (found === undefined) throw new Error(`pan said:\n${out}`)
    return Number(found)
  }
  return {
    states: number(/(\d+) states, stored/),
    // SPIN counts arriving at the initial state as well (stored + matched).
    transitions: number(/(\d+) transitions/) - 1,
    broken: new Set([...out.matchAll(/assertion violated +!\((\w+)\)/g)].map(([, v]) => v ?? '')),
  }
}

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
] as const

describe.skipIf(!available)('SPIN agrees', () => {
  it.each(CELLS)('%s %s %s', (policy, drivers, scenario) => {
    const { linked, result } = explore(policy, drivers, scenario)
    const claims = expressible(linked)
    const spoken = spin(promela(linked, { claims }))
    expect([spoken.states, spoken.transitions]).toEqual([result.states, result.transitions])
    for (const claim of claims) {
      const said = spoken.broken.has(brokenName(claim)) ? 'violated' : 'holds'
      expect([claim, said]).toEqual([claim, result.claims[claim].verdict])
    }
  })
})
