// Threads on the command line: the same answers, however many there are.
import { expect, it } from 'vitest'
import { mmulab, words } from './host.ts'

const CELL = 'check --policy mainline@5.4 --drivers rdma-odp+hmm-mirror --scenario oom-reap-faults'

const cellOf = ({ out }: { out: string }) => JSON.parse(out).cells[0]

it('gives the same verdicts, counts and schedules', async () => {
  const one = await mmulab(words(`${CELL} --json`))
  expect(cellOf(one).states).toBeGreaterThan(60_000)
  for (const workers of [2, 3]) {
    const several = await mmulab(words(`${CELL} --workers ${workers} --json`))
    expect([several.status, several.err]).toEqual([one.status, ''])
    expect(cellOf(several)).toEqual(cellOf(one))
  }
})

it('goes on from a checkpoint of one with several, and the other way round', async () => {
  const whole = cellOf(await mmulab(words(`${CELL} --json`)))
  for (const [first, then] of [
    ['', ' --workers 2'],
    [' --workers 2', ''],
  ]) {
    const files = new Map<string, Uint8Array>()
    await mmulab(words(`${CELL} --checkpoint c --max-states 50000${first}`), { files })
    const ran = await mmulab(words(`check --resume c --json${then}`), { files })
    expect(cellOf(ran)).toEqual(whole)
  }
})
