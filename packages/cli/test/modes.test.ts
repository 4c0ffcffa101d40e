// Modes and limits on the command line: each says what it has not looked at, and nothing holds because of it.
import { describe, expect, it } from 'vitest'
import { mmulab, words } from './host.ts'

const BROKEN = 'check --policy mainline@5.4 --drivers kvm+i915-userptr --scenario oom-reap'
const SOUND = 'check --policy mainline@5.12 --drivers kvm+i915-userptr --scenario oom-reap'

const json = async (line: string) => {
  const { status, out } = await mmulab(words(`${line} --json`))
  return { status, cell: JSON.parse(out).cells[0] }
}

const verdictsOf = (cell: { claims: Record<string, { verdict: string }> }): string[] =>
  Object.entries(cell.claims)
    .filter(([claim]) => claim !== 'lock-order')
    .map(([, c]) => c.verdict)

describe.each([
  ['random', '--mode random --seed 5', /only 1,000 random walks \(seed 5, [\d,]+ steps\)/],
  ['pct', '--mode pct=3 --seed 5', /only 1,000 PCT walks of depth 3 \(seed 5\)/],
  [
    'preemptions',
    '--mode preemptions=2',
    /only schedules with at most 2 preemptions \([\d,]+ states/,
  ],
  ['bitstate', '--mode bitstate=1M', /only a bitstate search \(3 hash functions, 8,388,608 bits/],
])('--mode %s', (name, options, label) => {
  it('finds what is broken, tells its story, and says what was done', async () => {
    const { status, out } = await mmulab(words(`${BROKEN} ${options}`))
    expect(status).toBe(10)
    expect(out.replace(/\s+/g, ' ')).toMatch(label)
    expect(out).toContain('✗ balance')
    expect(out).toContain('(perhaps not the fewest steps)')
    expect(out).toContain('[Required: every start that said yes gets its one end]')
    const token = /mmu1\.[\w-]+/.exec(out)?.[0] ?? ''
    const told = await mmulab(['replay', token])
    expect([told.status, told.err]).toEqual([0, ''])
  })

  it('finds who retries for ever, where a search of everything does', async () => {
    const { cell } = await json(`${BROKEN} ${options}`)
    expect(cell.claims.progress).toMatchObject({
      verdict: 'violated',
      message: 'vcpu0 can never finish: it retries for ever',
      fewestSteps: false,
    })
  })

  it('never says that anything holds', async () => {
    const { status, cell } = await json(`${SOUND} ${options}`)
    expect(status).toBe(20)
    expect(cell.complete).toBe(false)
    expect(cell.mode.name).toBe(name)
    if (options.includes('seed')) expect(cell.mode.facts).toMatchObject({ seed: 5, walks: 1000 })
    expect(`only ${cell.mode.label}`).toMatch(label)
    expect(new Set(verdictsOf(cell))).toEqual(new Set(['unfinished']))
    expect(cell.notCovered[0]).toContain(cell.mode.label)
  })
})

describe('a matrix in a mode', () => {
  it('says that it is a part', async () => {
    const line = 'compare --drivers kvm --scenario oom-reap --mode random --walks 20 --seed 3'
    const { status, out } = await mmulab(words(line))
    expect(status).toBe(20)
    expect(out).toContain('Only a part of each cell was looked at (--mode random, seed 3)')
    const table = await mmulab([...words(line), '--markdown'])
    expect(table.out).toContain('Only a part of each cell was looked at (--mode random, seed 3)')
  })
})

describe('--max-time', () => {
  it('ends a check with what is known, and says so', async () => {
    // The clock of this host goes on by a second whenever it is looked at.
    const { status, cell } = await json(`${SOUND} --max-time 1s`)
    expect(status).toBe(20)
    expect(cell.complete).toBe(false)
    expect(cell.claims.memory.message).toContain('the time limit of 1 s was met')
    expect((await json(`${SOUND} --max-time 1h`)).status).toBe(0)
  })

  it('ends walks too', async () => {
    const { cell } = await json(`${SOUND} --mode random --walks 1000000 --max-time 2m`)
    expect(cell.mode.facts.walks).toBeLessThan(1_000_000)
    expect(cell.notCovered[0]).toContain('the time limit of 2 min was met')
  })
})

describe('--max-memory', () => {
  it('is for the whole process, as far as the host can say', async () => {
    const line = words(`${SOUND} --max-memory 100M --json`)
    const { status, out } = await mmulab(line, { memory: 300 * 2 ** 20 })
    expect(status).toBe(20)
    const { claims, complete } = JSON.parse(out).cells[0]
    expect(complete).toBe(false)
    expect(claims.memory.message).toContain(
      'the memory limit of 100 MiB was met: the process takes 300 MiB',
    )
    expect((await mmulab(line, { memory: 99 * 2 ** 20 })).status).toBe(0)
  })
})

describe('--progress', () => {
  const LARGE = words(
    'check --policy mainline@5.4 --drivers kvm --scenario hole-punch --size large --max-states 400000 --reductions none',
  )

  it('says now and then how far it is, where no terminal is', async () => {
    const { err } = await mmulab([...LARGE, '--progress', '--no-checkpoint'], { memory: 2 ** 28 })
    const lines = err.trimEnd().split('\n')
    expect(lines.length).toBeGreaterThan(2)
    expect(lines.at(-1)).toMatch(
      /^\[1\/1\] mainline@5\.4 kvm hole-punch: [\d,]+ explored, [\d,]+ waiting, depth \d+, [\d,]+\/s, 256 MiB, of about [\d,]+ \((5|7|10)x more or less\)$/,
    )
    expect((await mmulab([...LARGE, '--no-checkpoint'])).err).toBe('')
  })

  it('says of a long run, once, how large the world may be, before it goes on', async () => {
    const large = words(
      'check --policy mainline@5.12 --drivers rdma-odp+hmm-mirror --scenario oom-reap-faults --size large --max-states 400000 --reductions none',
    )
    const { err } = await mmulab([...large, '--progress', '--no-checkpoint'])
    const said = err.split('\n').filter((l) => l.includes('about') && l.includes('states without'))
    expect(said).toHaveLength(1)
    const [about = 0, , least = 0, most = 0] = (said[0]?.match(/[\d,]{4,}/g) ?? []).map((n) =>
      Number(n.replaceAll(',', '')),
    )
    expect(about).toBeGreaterThan(2_000_000)
    // There are 8,632,140.
    expect(least).toBeLessThan(8_632_140)
    expect(most).toBeGreaterThan(8_632_140)
  })

  it('and on a terminal in one line, the estimate with it', async () => {
    const terminal = { err: true, columns: 200 }
    const { err } = await mmulab([...LARGE, '--no-checkpoint'], { terminal })
    expect(err).toMatch(/of about [\d,]+ \((5|7|10)x more or less\)/)
    expect(err).not.toContain('\n')
  })
})
