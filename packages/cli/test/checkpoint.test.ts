// Checkpoints: what goes on from one ends as if it had never been interrupted, and what is not whole is not used.
import { describe, expect, it } from 'vitest'
import { mmulab, words } from './host.ts'

/** More states than a search expands before it comes up for air, and something broken. */
const CELL = 'check --policy mainline@5.4 --drivers rdma-odp+hmm-mirror --scenario oom-reap-faults'
const WAYS = ['', ' --reductions all', ' --reductions all --workers 2']

const toEnd = async (line: string): Promise<unknown> =>
  JSON.parse((await mmulab(words(`${line} --json`))).out).cells[0]

/** Interrupts at a pause, again and again; judging begins anew each time, so at last it is let be. */
async function piecemeal(line: string, after: number): Promise<{ cell: unknown; legs: number }> {
  const files = new Map<string, Uint8Array>()
  let next = `${line} --checkpoint c`
  for (let legs = 1; ; legs++) {
    const how = legs > 10 ? {} : { interruptAfter: after }
    const ran = await mmulab(words(`${next} --json`), { files, ...how })
    const cell = JSON.parse(ran.out).cells[0]
    if (ran.status !== 20) return { cell, legs }
    expect(ran.err).toContain('mmulab check --resume c')
    next = 'check --resume c'
  }
}

describe.each(WAYS)('a check that is interrupted again and again%s', (way) => {
  it.each([1, 2])(
    'at pause %i ends with the same verdicts, counts and schedules',
    async (after) => {
      const whole = (await toEnd(`${CELL}${way}`)) as { states: number }
      expect(whole.states).toBeGreaterThan(60_000)
      const pieces = await piecemeal(`${CELL}${way}`, after)
      expect(pieces.cell).toEqual(whole)
      expect(pieces.legs).toBeGreaterThan(1)
    },
  )
})

describe('a checkpoint', () => {
  const made = async (): Promise<Map<string, Uint8Array>> => {
    const files = new Map<string, Uint8Array>()
    await mmulab(words(`${CELL} --checkpoint c --max-states 3000`), { files })
    return files
  }
  const refused = async (bytes: Uint8Array, line = 'check --resume c'): Promise<string> => {
    const files = new Map([['c', bytes]])
    const { status, out, err } = await mmulab(words(line), { files })
    expect([status, out]).toEqual([2, ''])
    expect(files.get('c')).toBe(bytes)
    return /code {3}(\w+)/.exec(err)?.[1] ?? err
  }

  it('is left by a limit, and gone on with by a higher one', async () => {
    const files = await made()
    const ran = await mmulab(words('check --resume c --json'), { files })
    expect(JSON.parse(ran.out).cells[0]).toEqual(await toEnd(CELL))
    expect(ran.err).toBe('')
  })

  it('is refused when a byte is missing, added or another one, wherever', async () => {
    const whole = (await made()).get('c') as Uint8Array
    expect(whole.length).toBeGreaterThan(10_000)
    for (let at = 0; at < whole.length; at += 997) {
      expect(await refused(whole.subarray(0, at)), `cut at ${at}`).toMatch(/^CHECKPOINT_/)
      const other = Uint8Array.from(whole)
      other[at] = (other[at] ?? 0) ^ 4
      expect(await refused(other), `byte ${at}`).toMatch(/^CHECKPOINT_/)
    }
    expect(await refused(whole.subarray(0, -1))).toBe('CHECKPOINT_DAMAGED')
    expect(await refused(Buffer.concat([whole, Buffer.of(0)]))).toBe('CHECKPOINT_DAMAGED')
  })

  it('is refused for another cell, other reductions, another version, and when it is none', async () => {
    const whole = (await made()).get('c') as Uint8Array
    const to = (line: string) => refused(whole, `${line} --resume c`)
    expect(await to(CELL.replace('5.4', '5.12'))).toBe('CHECKPOINT_WORLD')
    expect(await to(`${CELL} --reductions all`)).toBe('CHECKPOINT_WORLD')
    const format = Uint8Array.from(whole)
    format[8] = 9
    expect(await refused(format)).toBe('CHECKPOINT_VERSION')
    expect(await refused(Buffer.from('mmulab.json'))).toBe('CHECKPOINT_FOREIGN')
    expect(await refused(Buffer.alloc(0))).toBe('CHECKPOINT_FOREIGN')
    const { err } = await mmulab(words('check --resume nowhere'))
    expect(err).toContain('FILE_MISSING')
  })

  it('is left at Ctrl-C though nobody named a file, and not with --no-checkpoint', async () => {
    const files = new Map<string, Uint8Array>()
    const ran = await mmulab(words(CELL), { files, interruptAfter: 1 })
    expect(ran.status).toBe(20)
    expect(ran.err).toContain('mmulab check --resume mmulab.checkpoint')
    expect([...files.keys()]).toEqual(['mmulab.checkpoint'])
    files.clear()
    const none = await mmulab(words(`${CELL} --no-checkpoint`), { files, interruptAfter: 1 })
    expect([none.err, files.size]).toEqual(['', 0])
    const late = await mmulab(words(`${CELL} --max-time 9s`), { files })
    expect([late.err, files.size]).toEqual(['', 0])
    const asked = await mmulab(words(`${CELL} --max-time 9s --checkpoint c`), { files })
    expect(asked.err).toContain('mmulab check --resume c')
  })

  it('that cannot be written is one clear error; the check goes on', async () => {
    const replace = (_: string, pieces: Iterable<Uint8Array>): void => {
      for (const piece of pieces) if (piece.length > 100) throw new Error('ENOSPC: no space left')
    }
    const line = `${CELL} --checkpoint c --checkpoint-every 1ms`
    const ran = await mmulab(words(line), { replace })
    expect(ran.status).toBe(10)
    expect(ran.err.match(/CHECKPOINT_NOT_WRITTEN/g)).toHaveLength(1)
    expect(ran.err).toContain('ENOSPC')
    const cut = await mmulab(words(line), { replace, interruptAfter: 1 })
    expect(cut.status).toBe(74)
    expect(cut.out).toContain('Unfinished: interrupted')
  })

  it.each(['--checkpoint c', '--resume c'])('is not for more than one cell: %s', async (option) => {
    const line = `compare mainline@5.4 mainline@5.12 --drivers kvm --scenario oom-reap ${option}`
    const { status, out, err } = await mmulab(words(line))
    expect([status, out]).toEqual([2, ''])
    expect(err).toContain(`Unknown option '${option.split(' ')[0]}'`)
  })

  it.each(['--checkpoint c', '--resume c'])('is not for modes: %s', async (option) => {
    const { status, err } = await mmulab(words(`${CELL} --mode random ${option}`))
    expect(status).toBe(2)
    expect(err).toContain('OPTION_UNUSED')
  })
})
