import { spawnSync } from 'node:child_process'
import { createLab } from '@mmulab/compare'
import { standard } from '@mmulab/standard'
import { describe, expect, it } from 'vitest'
import { againstSpin } from '../src/peer.ts'

const has = (program: string): boolean =>
  spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined
const available = has('spin') && has('gcc')
if (!available) {
  const words = 'SPIN or gcc is not installed: the comparison with SPIN did NOT run'
  if (process.env.MMULAB_NO_SKIP) throw new Error(words)
  console.warn(`\n*** ${words} ***\n`)
}

describe.skipIf(!available)('the bench beside SPIN', () => {
  it('measures both sides of one world, which count the same', () => {
    const name = {
      policy: 'mainline@5.4',
      drivers: ['kvm'],
      scenario: 'overlap',
      size: 'small' as const,
    }
    const told: string[] = []
    const row = againstSpin(createLab(standard), name, 2, (what) => told.push(what))
    expect(row).toMatchObject({
      name: 'mainline@5.4|kvm|overlap|small',
      states: 22386,
      transitions: 60816,
      agrees: true,
    })
    const { min, median, max } = row.ratio
    expect(min).toBeGreaterThan(0)
    expect([min, median, max].toSorted((a, b) => a - b)).toEqual([min, median, max])
    // Whatever the machine: a compiler of C takes longer than recording.
    expect(row.cold.spin).toBeGreaterThan(row.cold.mmulab)
    expect(row.cold.ratio).toBeCloseTo(row.cold.spin / row.cold.mmulab)
    expect(row.spin.reduced.states).toBeLessThan(row.states)
    expect(row.spin.bytesPerState).toBeGreaterThan(row.bytesPerState)
    expect(Object.keys(row.workers)).toEqual(['1', '2'])
    expect(row.workers['1']?.speedup).toEqual({ min: 1, median: 1, max: 1 })
    expect(row.workers['2']?.speedup.min).toBeGreaterThan(0)
    expect(told).toHaveLength(2 * 3 + 1)
  })
})
