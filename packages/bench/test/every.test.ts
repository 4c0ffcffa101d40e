import { cellsOf, createLab } from '@mmulab/compare'
import { standard } from '@mmulab/standard'
import { expect, it } from 'vitest'
import { EVERY, measureEvery } from '../src/every.ts'

it('goes over every large cell of a device, and says what reductions bring where there are so many states', () => {
  const lab = createLab(standard)
  const scenarios = lab.scenarios.map((s) => s.name)
  const cells = cellsOf(lab, {
    policies: [EVERY.policy],
    driverSets: ['kvm'],
    scenarios,
    size: 'large',
  })
  const told: string[] = []
  const asked = { ...EVERY, drivers: ['kvm'], from: 80_000, to: 100_000 }
  const { worlds, smaller, larger, unrecorded } = measureEvery(asked, (r) => told.push(r.name))
  expect(worlds.length + smaller + larger + unrecorded).toBe(cells.length)
  expect(smaller * larger).toBeGreaterThan(0)
  expect(told.sort()).toEqual(worlds.map((w) => w.name).sort())
  const cow = worlds.find((w) => w.name === 'mainline@5.12|kvm|cow|large')
  expect(cow?.plain.states).toBe(82_240)
  expect(cow?.factor).toBeCloseTo(82_240 / (cow?.reduced.states ?? 0))
  expect(cow?.factor).toBeGreaterThan(5)
})
