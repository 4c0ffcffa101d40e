// A table in several memories on the command line: the same answers, said to be in several.
import { describe, expect, it } from 'vitest'
import { mmulab, words } from './host.ts'

const CELL = 'check --policy mainline@5.4 --drivers rdma-odp+hmm-mirror --scenario oom-reap-faults'
const APART = `${CELL} --shard-size 512K`

const cellOf = ({ out }: { out: string }) => JSON.parse(out).cells[0]

describe('--shard-size', () => {
  it('gives the same verdicts, counts and schedules, in several memories', async () => {
    const one = await mmulab(words(`${CELL} --json`))
    for (const workers of ['', ' --workers 2']) {
      const apart = await mmulab(words(`${APART}${workers} --json`))
      const { memories, ...rest } = cellOf(apart)
      expect(memories).toBeGreaterThan(2)
      expect([apart.status, rest]).toEqual([one.status, cellOf(one)])
    }
  })

  it('tells the same stories, and says how many memories there were', async () => {
    const [one, apart] = [await mmulab(words(CELL)), await mmulab(words(APART))]
    expect(apart.out).toMatch(/, in \d+ memories\n/)
    expect(apart.out.replace(/, in \d+ memories/, '')).toBe(one.out)
  })

  it('says so while it runs', async () => {
    const { err } = await mmulab(words(`${APART} --progress`), {
      terminal: { err: true, columns: 200 },
    })
    expect(err).toMatch(/ explored, .* in \d+ memories/)
  })

  it('leaves a checkpoint that goes on in one memory, and the other way round', async () => {
    const whole = cellOf(await mmulab(words(`${CELL} --json`)))
    for (const [first, then] of [
      [' --shard-size 512K', ''],
      ['', ' --shard-size 512K'],
    ]) {
      const files = new Map<string, Uint8Array>()
      await mmulab(words(`${CELL} --checkpoint c --max-states 50000${first}`), { files })
      const ran = await mmulab(words(`check --resume c --json${then}`), { files })
      const { memories: _, ...rest } = cellOf(ran)
      expect(rest).toEqual(whole)
    }
  })

  it('Ctrl-C leaves a checkpoint, too', async () => {
    const whole = cellOf(await mmulab(words(`${CELL} --json`)))
    const files = new Map<string, Uint8Array>()
    const stopped = await mmulab(words(APART), { files, interruptAfter: 1 })
    expect([stopped.status, [...files.keys()]]).toEqual([20, ['mmulab.checkpoint']])
    const ran = await mmulab(words('check --resume mmulab.checkpoint --json --shard-size 2M'), {
      files,
    })
    const { memories: _, ...rest } = cellOf(ran)
    expect(rest).toEqual(whole)
  })

  it('all memories together stay below --max-memory', async () => {
    const ran = await mmulab(words(`${APART} --max-memory 1M --json`), { memory: 1 })
    expect(cellOf(ran).complete).toBe(false)
    expect(cellOf(ran).claims.memory.verdict).not.toBe('holds')
    expect(cellOf(ran).memories).toBeGreaterThan(1)
  })

  it('goes with reductions', async () => {
    const one = await mmulab(words(`${CELL} --reductions all --json`))
    const apart = await mmulab(words(`${APART} --reductions all --json`))
    const { memories: _, ...rest } = cellOf(apart)
    expect([apart.status, rest]).toEqual([one.status, cellOf(one)])
  })

  it('is refused with a mode', async () => {
    const { status, err } = await mmulab(words(`${APART} --mode random`))
    expect([status, err]).toEqual([2, expect.stringContaining('OPTION_UNUSED')])
  })

  it('wants a size', async () => {
    const { status, err } = await mmulab(words(`${CELL} --shard-size much`))
    expect([status, err]).toEqual([2, expect.stringContaining('BAD_SIZE')])
  })
})
