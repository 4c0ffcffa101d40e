/** The conformance kit from the command line: by name, by file, and whether its rules find mutants. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { mmulab } from './host.ts'

const dir = mkdtempSync(join(tmpdir(), 'mmulab-conform-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** No import: a plugin is plain data. */
const DRIVER = `
  const start = { name: 'start', source: { at: 'an example' }, body: function* () { return 0 } }
  export default (): object => ({
    kind: 'driver', contract: CONTRACT, name: 'idle', era: '1', title: 'does nothing', source: 'an example',
    offers: [], pins: false, variants: {},
    create: () => ({ ops: { invalidateRangeStart: start }, mapping: () => ({ k: 'num', n: 0 }), inFlight: [], activities: {}, watch: [] }),
  })`

function file(name: string, text: string): string {
  const path = join(dir, name)
  writeFileSync(path, text)
  return path
}

describe('mmulab conform', () => {
  it('a driver that keeps what it can', async () => {
    const { status, out } = await mmulab(['conform', 'kvm@5.11'])
    expect([status, out]).toEqual([0, expect.stringContaining('kvm@5.11: ')])
    expect(out).toContain(' 0 broken')
    expect(out).toContain("    'mainline@5.4 oom-reap': [39, 39],")
  })

  it('a broken rule says where the kernel asks for it, and tells its story', async () => {
    const { status, out } = await mmulab(['conform', 'rdma-odp@4.20'])
    expect(status).toBe(10)
    expect(out).toContain('✗ undoes-a-refusal')
    expect(out).toContain('kernel: mm/mmu_notifier.c')
    expect(out).toContain('CPU0 (oom_reaper)')
  })

  it('JSON has every rule', async () => {
    const { out } = await mmulab(['conform', 'kvm@5.11', '--json'])
    const { schema, driver, rules, counts } = JSON.parse(out)
    expect(counts['mainline@5.4 oom-reap']).toEqual([39, 39])
    expect([schema, driver, rules.length > 20]).toEqual([1, 'kvm@5.11', true])
    expect(rules[0]).toMatchObject({ status: 'kept', schedule: null })
  })

  it('a file in TypeScript', async () => {
    const mine = file('idle.ts', DRIVER.replace('CONTRACT', '1'))
    const { status, out } = await mmulab(['conform', mine])
    expect([status, out]).toEqual([10, expect.stringContaining('✗ does-something')])
  })

  it.each([
    ['another contract', 'old.ts', DRIVER.replace('CONTRACT', '99'), 'CONTRACT_VERSION', 3],
    ['no driver', 'none.ts', 'export default 1', 'PLUGIN_SHAPE', 3],
    ['a missing import', 'lost.ts', "import 'no-such-thing'", 'PLUGIN_LOAD', 3],
    ['no TypeScript', 'odd.ts', 'export default {{', 'PLUGIN_LOAD', 3],
  ])('%s', async (_, name, text, code, status) => {
    const ran = await mmulab(['conform', file(name, text)])
    expect([ran.status, ran.err]).toEqual([status, expect.stringContaining(`code   ${code}`)])
  })

  it.each([
    [['conform'], 'OPTION_MISSING'],
    [['conform', './nowhere.ts'], 'FILE_MISSING'],
    [['conform', 'kvn'], 'UNKNOWN_DRIVER'],
  ])('%j', async (args, code) => {
    const { status, err } = await mmulab(args)
    expect([status, err]).toEqual([2, expect.stringContaining(`code   ${code}`)])
  })

  it('a version, a patch, and a policy that is not there', async () => {
    const version = await mmulab(['conform', 'mainline@5.12'])
    expect([version.status, version.out]).toEqual([
      0,
      expect.stringContaining('mainline@5.12: 16 rules kept, 0 broken'),
    ])
    const patch = await mmulab(['conform', '+unevict', '--json'])
    expect(JSON.parse(patch.out)).toMatchObject({ schema: 1, policy: '+unevict' })
    const unknown = await mmulab(['conform', 'mainline@1.0'])
    expect([unknown.status, unknown.err]).toEqual([2, expect.stringContaining('UNKNOWN_VERSION')])
  })

  it('the score of the mutants of a patch', async () => {
    const { status, out } = await mmulab(['conform', '+unevict', '--mutants', '--json'])
    const { total, killed, subjects } = JSON.parse(out)
    expect([status, total, killed]).toEqual([0, 2, 2])
    expect(subjects).toEqual([
      {
        name: 'mainline@5.8+unevict',
        total: 2,
        killed: 2,
        killedByCounts: 0,
        equivalent: 0,
        survived: 0,
      },
    ])
  }, 120_000)

  it('the score of the mutants', async () => {
    const { status, out } = await mmulab(['conform', 'kvm@5.11', '--mutants', '--json'])
    const { total, killed, killedByCounts, equivalent, survived, mutants } = JSON.parse(out)
    const by = mutants.filter((m: { by?: string }) => m.by === 'counts')
    expect(killedByCounts).toBe(by.length)
    expect([status, killed + equivalent + survived]).toEqual([0, total])
    expect([mutants.length, total > 25, killed > 20]).toEqual([total, true, true])
    expect(mutants[0]).toMatchObject({ fate: 'killed', name: expect.stringMatching(/^kvm@5.11\//) })
  }, 300_000)
})
