import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { mmulab, RECORDS, words } from './host.ts'

const CELL = '--policy mainline@5.4 --drivers kvm+i915-userptr --scenario oom-reap'
const json = (text: string): Record<string, never> => JSON.parse(text)

describe('mmulab list', () => {
  it('lists everything, or one kind', async () => {
    const all = await mmulab(['list'])
    expect(all.status).toBe(0)
    for (const name of [
      'mainline@5.12',
      '+mayfail',
      'kvm@5.11',
      'i915-userptr@5.x~unpinned',
      'kvm~unguarded',
      'oom-reap',
    ])
      expect(all.out).toContain(name)
    const claims = await mmulab(['list', 'claims'])
    expect(claims.out).toContain('balance')
    expect(claims.out).not.toContain('kvm')
  })

  it('is one JSON object', async () => {
    const { out } = await mmulab(['list', '--json'])
    const doc = JSON.parse(out)
    expect(Object.keys(doc)).toEqual([
      'schema',
      'policies',
      'patches',
      'drivers',
      'scenarios',
      'furtherScenarios',
      'claims',
    ])
    expect(doc.policies[0]).toMatchObject({ name: 'mainline' })
    expect(doc.drivers[0]).toMatchObject({
      name: 'kvm',
      era: '5.11',
      offers: ['fault', 'unregister'],
    })
    expect(Object.keys(json((await mmulab(['list', 'drivers', '--json'])).out))).toEqual([
      'schema',
      'drivers',
    ])
  })
})

describe('mmulab compare', () => {
  const ARGS = words(
    'compare --policy mainline@5.4 --policy mainline@6.1 --drivers kvm+i915-userptr --drivers kvm --scenario oom-reap',
  )

  it('draws the matrix, says what it comes to and what to type next', async () => {
    const { status, out, err } = await mmulab(ARGS)
    expect(status).toBe(10)
    expect(err).toBe('')
    expect(out).toMatch(/^ {2}kvm\+i915-userptr +✗ balance, progress +✓ holds/m)
    expect(out).toMatch(/^ {2}kvm +✓ holds +✓ holds/m)
    expect(out).toContain('mainline@6.1 behaves as mainline@5.12.')
    expect(out).toContain('kvm alone keeps every promise')
    expect(out).toContain(`\n  mmulab check ${CELL}\n`)
    expect(out).toMatch(/\n {2}mmulab replay mmu1\.\S+ --against mainline@6\.1\n/)
    for (const line of out.split('\n'))
      if (!line.includes('mmulab ')) expect([...line].length).toBeLessThanOrEqual(100)
  })

  it('asks the question of 2019 when nothing is asked for', async () => {
    const { status, out } = await mmulab(['compare'])
    expect(status).toBe(10)
    expect(out).toMatch(/^Two notifiers watch one mm\./)
    expect(out).toMatch(/^oom-reap: /m)
    expect(out).toContain('kvm and i915-userptr alone keep every promise under every policy asked')
    expect(out).toContain('--- vcpu0 goes round for ever: ---')
    expect(out).toContain('[Required: every task can finish]')
    expect(out).toMatch(/\n {2}mmulab replay mmu1\.\S+ --against mainline@5\.12\n$/)
  })

  it('ends with 0 when everything holds', async () => {
    const { status } = await mmulab(
      words('compare --policy mainline@5.12 --drivers kvm+i915-userptr --scenario oom-reap'),
    )
    expect(status).toBe(0)
  })

  it('is one JSON object, the same as that of check', async () => {
    const all = JSON.parse((await mmulab([...ARGS, '--json'])).out)
    const one = JSON.parse((await mmulab([...words(`check ${CELL}`), '--json'])).out)
    expect(all.cells).toHaveLength(4)
    expect(all.cells[0]).toEqual(one.cells[0])
    expect(one.cells[0]).toMatchObject({
      policy: 'mainline@5.4',
      drivers: ['kvm', 'i915-userptr'],
      resolved: { drivers: ['kvm@5.11', 'i915-userptr@5.x'] },
      claims: { balance: { verdict: 'violated' }, memory: { verdict: 'holds' } },
    })
  })

  it('draws tables in Markdown', async () => {
    const { out } = await mmulab([...ARGS, '--markdown'])
    expect(out).toContain('| kvm | ✓ holds | ✓ holds |')
  })

  it('tells what is known when it is interrupted, and ends with 20', async () => {
    const { status, out } = await mmulab(ARGS, { interruptAfter: 2 })
    expect(status).toBe(20)
    expect(out).toMatch(/^ {2}kvm +\. not run +\. not run/m)
    expect(out).toContain('Interrupted')
    const doc = JSON.parse((await mmulab([...ARGS, '--json'], { interruptAfter: 2 })).out)
    expect(doc.cells.length + doc.notRun.length).toBe(4)
  })
})

describe('mmulab check', () => {
  it('gives every verdict and tells each broken promise', async () => {
    const { status, out } = await mmulab(words(`check ${CELL}`))
    expect(status).toBe(10)
    expect(out).toContain('✗ balance    violated after')
    expect(out).toContain('✓ memory     holds')
    expect(out).toMatch(/^CPU0 \(oom_reaper\) +CPU1 \(vcpu0\)$/m)
    expect(out).toContain('[Required: every task can finish]')
    expect(out.match(/mmulab replay mmu1\./g)).toHaveLength(2)
  })

  it('tells promises that break in one way once', async () => {
    const { out } = await mmulab(
      words('check --policy mainline@5.4 --drivers i915-userptr --scenario pin-reclaim'),
    )
    expect(out).toContain('which it holds itself')
  })

  it('says which reductions were on, and what was looked at without them', async () => {
    const line = words(`check ${CELL} --reductions fusion,partial-order`)
    const { out } = await mmulab(line)
    expect(out).toMatch(/^ {2}reduced +by fusion and partial-order: verdicts/m)
    expect(out.replace(/\s+/g, ' ')).toMatch(
      /for shortest schedules of balance and progress, which they do not keep, [\d,]+ states without/,
    )
    const told = JSON.parse((await mmulab([...line, '--json'])).out).cells[0]
    const plain = JSON.parse((await mmulab([...words(`check ${CELL}`), '--json'])).out).cells[0]
    expect(told.claims).toEqual(plain.claims)
    expect(told.reductions).toMatchObject({ on: ['fusion', 'partial-order'] })
    expect(told.reductions.plain.claims).toEqual(['balance', 'progress'])
    expect(told.reductions.states).toBeLessThan(plain.states)
    expect(plain.reductions).toBeUndefined()
  })

  it('lets hold with reductions what holds without, under strong fairness too', async () => {
    const line = words('check --policy mainline@5.12 --drivers kvm --scenario dontneed')
    const { status, out } = await mmulab([...line, '--reductions', 'all', '--json'])
    expect(status).toBe(0)
    const [reduced, plain] = [out, (await mmulab([...line, '--json'])).out].map(
      (text) => JSON.parse(text).cells[0],
    )
    expect(reduced.claims).toEqual(plain.claims)
    expect(reduced.reductions.plain).toBeUndefined()
  })

  it('says where a schedule may not be the shortest', async () => {
    const { out } = await mmulab(
      words(
        'check --policy mainline@5.4 --drivers kvm+i915-userptr --scenario oom-reap-faults --reductions all --max-states 4000',
      ),
    )
    expect(out).toContain('(perhaps not the fewest steps)')
  })

  it('shows on request what is taken while what is held, fs_reclaim and the notifier map too', async () => {
    const cell = 'check --policy mainline@5.4 --drivers i915-userptr --scenario dontneed --locks'
    const { out } = await mmulab(words(cell))
    expect(out).toMatch(/^Lock order: \d+ dependencies$/m)
    expect(out).toContain('  fs_reclaim -> mmu_notifier_invalidate_range_start\n')
    const doc = JSON.parse((await mmulab([...words(cell), '--json'])).out)
    const edge = doc.cells[0].locks.find((l: { held: string }) => l.held === 'mmap_lock')
    expect(edge.seen[0]).toMatchObject({ heldMode: 'read', task: expect.any(String) })
  })

  it('lists on request what was never reached, for programs too', async () => {
    const cell = 'check --policy mainline@5.12 --drivers kvm --scenario oom-reap --coverage --json'
    const [{ coverage, neverReached }] = JSON.parse((await mmulab(words(cell))).out).cells
    expect(coverage.neverReached).toHaveLength(neverReached.length)
    expect(coverage.neverReached[0]).toMatchObject({ source: expect.stringMatching(/\.[ch]:\w+$/) })
  })

  it('says on request which functions were ever about to run at the same time', async () => {
    const line = words(`check ${CELL} --pairs`)
    const { out } = await mmulab(line)
    expect(out).toContain(
      'Pairs of ops that were ever possible at the same time, by kernel function',
    )
    expect(out).toMatch(/^ {2}oom_reaper and vcpu0$/m)
    expect(out).toMatch(/^ {6}\d+ of \d+ +arch\/x86\/kvm\/\S+:direct_page_fault$/m)
    const [{ together }] = JSON.parse((await mmulab([...line, '--json'])).out).cells
    expect(together[0]).toMatchObject({
      tasks: expect.any(Array),
      functions: expect.any(Array),
      together: expect.any(Number),
    })
    const { out: reduced } = await mmulab([...line, '--reductions', 'fusion'])
    expect(reduced).toContain('Pairs of ops: not looked at')
  })

  it('tells on request every cause of a broken promise', async () => {
    const cell = 'check --policy mainline@5.4 --drivers i915-userptr+kvm --scenario pin-reclaim'
    const line = words(`${cell} --all`)
    const [{ claims }] = JSON.parse((await mmulab([...line, '--json'])).out).cells
    const { others } = claims.progress
    expect([claims.progress, ...others].map((c) => c.message)).toEqual([
      expect.stringMatching(
        /^execbuffer can never finish: it waits for .*, which it holds itself$/,
      ),
      'vcpu0 can never finish: it retries for ever',
    ])
    for (const o of [...others, ...(claims.balance.others ?? [])]) {
      expect(o.steps).toBeGreaterThanOrEqual(0)
      expect((await mmulab(['replay', o.schedule])).status).toBe(0)
    }
    const { out } = await mmulab(line)
    expect(out).toMatch(/^ {4}also after \d+ steps: vcpu0 can never finish: it retries for ever$/m)
    expect(out).toContain('--- vcpu0 goes round for ever: ---')
    const [plain] = JSON.parse((await mmulab([...words(cell), '--json'])).out).cells
    expect(plain.claims.progress).toEqual({ ...claims.progress, others: undefined })
  })

  it('leaves out on request what a broken promise does not need', async () => {
    const line = words(
      'check --policy mainline@5.4 --drivers kvm+i915-userptr+rdma-odp --scenario oom-reap --smallest',
    )
    const { status, out } = await mmulab(line)
    expect(status).toBe(10)
    expect(out).toContain('Smallest cells that break in the same way\n  balance: 15 steps in ')
    expect(out).toContain(
      'balance, 15 steps, under mainline@5.4: kvm+rdma-odp in oom-reap, made smaller',
    )
    const { smallest } = JSON.parse((await mmulab([...line, '--json'])).out).cells[0]
    expect(smallest.balance).toMatchObject({ drivers: ['kvm', 'rdma-odp'], steps: 15 })
    const { out: told } = await mmulab(['replay', smallest.balance.schedule])
    expect(told).toContain('[Required: every start that said yes gets its one end]')
  })

  it('ends with 20 at a limit', async () => {
    const { status, out } = await mmulab(words(`check ${CELL} --max-states 100 --reductions none`))
    expect(status).toBe(20)
    expect(out).toContain('? memory     unfinished')
    expect(out).toContain('Unfinished: the limit of 100 states was met.')
  })
})

describe('mmulab replay', () => {
  const tokenOf = async (claim: string): Promise<string> =>
    JSON.parse((await mmulab([...words(`check ${CELL}`), '--json'])).out).cells[0].claims[claim]
      .schedule

  it('tells the story of check from the token alone', async () => {
    const token = await tokenOf('progress')
    const { status, out } = await mmulab(['replay', token])
    const drawing = out.slice(out.indexOf('CPU0'), out.indexOf('[Required'))
    expect(status).toBe(0)
    expect((await mmulab(words(`check ${CELL}`))).out).toContain(drawing)
  })

  it('puts another policy beside it', async () => {
    const { out } = await mmulab([
      'replay',
      await tokenOf('progress'),
      '--against',
      'mainline@5.12',
    ])
    expect(out).toContain('--- from here on they differ ---')
    expect(out).toContain('mainline@5.12 does not break progress on this schedule.')
    expect(out).toContain('Finished: oom_reaper, gem_close and vcpu0.')
  })

  it('is one JSON object', async () => {
    const token = await tokenOf('balance')
    const doc = JSON.parse((await mmulab(['replay', token, '--json'])).out)
    expect(doc).toMatchObject({ schema: 1, claim: 'balance', schedule: token })
    expect(doc.rows.at(-1)).toMatchObject({ kind: 'broken', claim: 'balance' })
    const beside = JSON.parse(
      (await mmulab(['replay', token, '--against', 'mainline@5.12', '--json'])).out,
    )
    expect(beside.against).toMatchObject({ policy: 'mainline@5.12', broken: null })
  })
})

describe('mmulab judge', () => {
  const STOCK = 'uml-6.1.192-stock.mr_AB_noend.txt'
  const OLD = 'uml-6.1.192-nounwind.mr_AB_noend.txt'
  const INTERVAL = 'uml-6.1.192-stock.mr_interval_clean.txt'

  it('says which policies explain a record, and why not the others', async () => {
    const { status, out } = await mmulab(['judge', STOCK])
    expect(status).toBe(0)
    expect(out).toContain('✓ explained    mainline@5.12, mainline@6.1 (as mainline@5.12)')
    expect(out).toContain('✗ refused      mainline@4.19, mainline@5.4')
    expect(out).toMatch(/seq=\d+: A\.end/)
  })

  it.each([
    [10, ['judge', OLD, '--policy', 'mainline@6.1']],
    [0, ['judge', INTERVAL]],
    [10, ['judge', INTERVAL, '--policy', 'mainline@5.4']],
    [10, ['judge', INTERVAL, OLD, '--policy', 'mainline@6.1']],
    [0, ['judge', OLD, STOCK]],
  ])('ends with %i', async (expected, args) => {
    expect((await mmulab(args)).status).toBe(expected)
  })

  it('is one JSON object', async () => {
    const doc = JSON.parse((await mmulab(['judge', STOCK, '--json'])).out)
    expect(doc.records[0]).toMatchObject({ file: STOCK, scenario: 'mr_AB_noend' })
    expect(doc.records[0].judgements[0]).toMatchObject({
      policy: 'mainline@4.19',
      verdict: 'refused',
      at: { seq: expect.any(Number), what: expect.any(String), expected: expect.any(String) },
    })
  })
})

describe('mmulab orders', () => {
  const MUNMAP = 'uml-6.1.192-stock.sched_munmap_munmap_disjoint.txt'
  const row = (out: string, pair: RegExp): string => out.split('\n').find((l) => pair.test(l)) ?? ''

  it('shows model beside kernel', async () => {
    const { status, out } = await mmulab(['orders', MUNMAP])
    expect(status).toBe(0)
    expect(row(out, /^ {2}munmap +munmap +\d/)).toMatch(
      / 2 of 70 +2 of 70 +✓ the same, 6\.1\.192 #1/,
    )
    expect(row(out, /^ {2}cow +cow/)).toMatch(/ 70 of 70 +70 of 70 +✓ the same, Linux 6\.1\.192/)
    expect(row(out, /^ {2}munmap +dontneed/)).toMatch(/ 70 of 70 *$/)
    expect(out).toContain('4 of them recorded, 4 the same in model and kernel.')
  })

  it('is one JSON object, and says where they differ', async () => {
    const text = readFileSync(new URL(MUNMAP, RECORDS), 'utf8').replace(
      'munmap_munmap',
      'cow_munmap',
    )
    const { status, out } = await mmulab(['orders', 'x.txt', '--json'], { read: () => text })
    expect(status).toBe(10)
    const doc = JSON.parse(out)
    expect(doc).toMatchObject({ schema: 1, policy: 'mainline@6.1' })
    const pair = doc.pairs.find(
      (p: { first: string; second: string }) => p.first === 'cow' && p.second === 'munmap',
    )
    expect(pair).toMatchObject({
      all: 70,
      allowed: 70,
      orders: 'all',
      kernel: { allowed: 2, same: false, missing: [] },
    })
    expect(pair.kernel.surplus).toHaveLength(68)
  })

  it('does not know every operation', async () => {
    const text = readFileSync(new URL(MUNMAP, RECORDS), 'utf8').replace(
      'munmap_munmap',
      'swapoff_munmap',
    )
    const { status, err } = await mmulab(['orders', 'x.txt'], { read: () => text })
    expect([status, err]).toEqual([2, expect.stringContaining('code   UNKNOWN_OPERATION')])
  })
})

describe('mmulab export', () => {
  const WORLD = 'export --policy mainline@5.4 --drivers kvm --scenario oom-reap'

  it('writes the world with all claims that can go with it, or with those asked for', async () => {
    const all = (await mmulab(words(`${WORLD} --format promela`))).out
    expect(all).toContain('check_memory')
    expect(all).toContain('check_balance')
    const one = (await mmulab(words(`${WORLD} --format promela --claim balance`))).out
    expect(one).toContain('check_balance')
    expect(one).not.toContain('check_memory')
  })

  it('is one JSON object', async () => {
    const { out } = await mmulab(words(`${WORLD} --format tla --claim balance --json`))
    const doc = JSON.parse(out)
    expect(doc).toMatchObject({ schema: 1, drivers: ['kvm'], format: 'tla', claims: ['balance'] })
    expect(doc.text).toMatch(/^-+ MODULE mmulab_world -+\n/)
  })
})
