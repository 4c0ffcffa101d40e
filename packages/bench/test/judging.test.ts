import { expect, it } from 'vitest'
import { judged } from '../src/judging.ts'
import { roundWorld } from '../src/round.ts'

it('a world that is one large loop is judged to the end, and within what is allowed', () => {
  const row = judged('round', roundWorld(2, 50))
  expect(row).toMatchObject({ states: 45_000, progress: 'holds', fair: 'violated', allowed: 1 })
  expect(row.judging).toBeLessThan(row.allowed * 5)
})
