import { describe, expect, it } from 'vitest'
import { exploreTogether } from '../src/pairs-run.ts'
import { run } from '../src/run.ts'
import { host, mmulab, words } from './host.ts'

describe('mmulab pairs', () => {
  it('is a table with the reason of every difference', async () => {
    const { status, out } = await mmulab(words('pairs --driver hmm-mirror'))
    expect(status).toBe(0)
    expect(out).toMatch(/hmm-mirror\+hmm-mirror +✗[a-z]+ +✗/)
    expect(out).toContain('known bug #15: HMM tells its device at the end of a section')
    expect(out).toContain(
      'mmulab check --policy mainline@4.19 --drivers hmm-mirror@4.19+hmm-mirror@4.19',
    )
    expect(out).toMatch(/ explained,\s0 unexplained;\s\d+\snever\sshipped;\s0\snot\sexplored/)
  }, 120_000)

  it('is one document for machines', async () => {
    const { status, out, err } = await mmulab(words('pairs --driver gntdev --json'))
    expect([status, err]).toEqual([0, ''])
    const { schema, pairs, unexplained, stale } = JSON.parse(out)
    expect([schema, unexplained, stale]).toEqual([1, [], []])
    expect(pairs[0]).toMatchObject({
      policy: 'mainline@4.19',
      kind: 'oom',
      drivers: ['gntdev@4.19', 'gntdev@4.19'],
      neverShipped: [],
      expected: { breaks: false },
      differs: [],
      standing: 'as expected',
      reasons: [],
      unfinished: [],
      reduced: [],
    })
    const { totals } = JSON.parse(out)
    expect(totals).toMatchObject({ rows: pairs.length, unexplained: 0, unfinished: 0 })
  }, 120_000)

  it('says of every row what it is, with the number of a known bug', async () => {
    const { out } = await mmulab(words('pairs --driver gru --driver gntdev --json'))
    for (const p of JSON.parse(out).pairs)
      expect(['as expected', 'explained', 'never shipped']).toContain(p.standing)
    const lost = JSON.parse(out).pairs.find(
      (p: { policy: string; drivers: string[] }) =>
        p.policy === 'mainline@4.19' && p.drivers.join('+') === 'gru@4.17+gntdev@4.19',
    )
    expect(lost).toMatchObject({
      standing: 'as expected',
      reasons: [{ id: 'lost-end', why: 'known bug', number: 3 }],
    })
  }, 120_000)

  it('what is not explored to its end is unfinished, and so is the table', async () => {
    const { status, out } = await mmulab(words('pairs --driver gntdev --max-states 10 --json'))
    expect(status).toBe(20)
    const { pairs, totals } = JSON.parse(out)
    expect(totals.unfinished).toBeGreaterThan(0)
    expect(pairs[0]).toMatchObject({ standing: 'unfinished', differs: [] })
  })

  it('is the same by several processes as by one', async () => {
    const args = words('pairs --driver gntdev --driver gru --json')
    const alone = await mmulab(args)
    const asked: string[] = []
    const { io, said } = host()
    const again = async (argv: readonly string[], line: (text: string) => void) => {
      asked.push(argv.join(' '))
      const child = host()
      const status = await run(argv, child.io)
      for (const text of child.said().out.trim().split('\n')) line(text)
      return status
    }
    const status = await run([...args, '--workers', '2'], { ...io, again })
    expect([status, said().out]).toEqual([alone.status, alone.out])
    expect(asked).toEqual([
      'pairs --quiet --driver gntdev --driver gru --part 1/2',
      'pairs --quiet --driver gntdev --driver gru --part 2/2',
    ])
  }, 240_000)

  it('a process that dies is a defect, and not a shorter table', async () => {
    const line = { show() {}, clear() {} }
    let stopped = false
    const again = (argv: readonly string[], _: unknown, stop: AbortSignal): Promise<number> =>
      argv.includes('1/2')
        ? Promise.resolve(1)
        : new Promise((_resolve, reject) => {
            stop.addEventListener('abort', () => {
              stopped = true
              reject(new Error('stopped'))
            })
          })
    await expect(exploreTogether([], [], 2, again, line)).rejects.toThrow(
      'The process with part 1 of 2 ended with status 1',
    )
    expect(stopped).toBe(true)
  })

  it('takes drivers without an era', async () => {
    const { status, err } = await mmulab(words('pairs --driver kvm@5.11'))
    expect([status, err]).toEqual([2, expect.stringContaining('code   UNKNOWN_DRIVER')])
  })
})
