import { link } from '@mmulab/checker'
import { buildNamed, createLab } from '@mmulab/compare'
import { standard } from '@mmulab/standard'
import { expect, it } from 'vitest'
import { measureWorld } from '../src/ways.ts'

it('every way of searching a world counts the same states', async () => {
  const name = {
    policy: 'mainline@5.4',
    drivers: ['kvm'],
    scenario: 'overlap',
    size: 'small' as const,
  }
  const ways = await measureWorld(link(buildNamed(createLab(standard), name).world), 1)
  expect(new Set(ways.map((w) => w.states))).toEqual(new Set([22386]))
  expect(ways.length).toBeGreaterThan(3)
  for (const { seconds, cpuSeconds } of ways) expect(seconds * cpuSeconds).toBeGreaterThan(0)
})
