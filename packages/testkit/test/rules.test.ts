/** The kit on drivers that are wrong in one way each; the shipped ones are in their own packages. */
import {
  type Driver,
  type DriverHost,
  type DriverInstance,
  defineDriver,
  devicePages,
  type Range,
} from '@mmulab/core'
import { atomically, call, expr, plus, procedure, variable } from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import { type CaseResult, conformance, failureText, testDriver } from '../src/index.ts'

/** Counts sections and unmaps; `end` says by how much it counts down. */
function create(host: DriverHost, end: -1 | 1 = -1): DriverInstance {
  const count = variable(`${host.label}.count`, { max: 2 * host.sections })
  const table = devicePages(host, 'pte')
  return {
    ops: {
      invalidateRangeStart: procedure('start', 'an example', function* (range) {
        yield* atomically({
          assign: [
            [count, plus(count, 1)],
            ...table.flatMap((pte, va) => (range.pages.includes(va) ? [[pte, 0] as const] : [])),
          ],
          label: 'atomic_inc(&count), unmap the range',
        })
        return 0
      }),
      invalidateRangeEnd: procedure('end', 'an example', function* () {
        yield* atomically({ assign: [[count, plus(count, end)]], label: 'atomic_add(&count)' })
      }),
      release: procedure('release', 'an example', function* () {
        yield* atomically({ assign: table.map((pte) => [pte, 0] as const), label: 'unmap all' })
      }),
    },
    mapping: (va) => expr(table[va] ?? 0),
    inFlight: [{ what: count.name, value: expr(count) }],
    activities: {},
    watch: [count, ...table],
  }
}

const driver = (changes: Partial<Driver> = {}): Driver => ({
  ...defineDriver({
    name: 'example',
    era: '1',
    title: 'counts sections',
    source: 'an example',
    offers: [],
    pins: false,
    create: (host) => create(host),
  }),
  ...changes,
})

function results(d: Driver): Record<string, CaseResult> {
  return Object.fromEntries(conformance(d).map((c) => [c.id, c.run()]))
}

const brokenIn = (d: Driver): string[] =>
  Object.entries(results(d)).flatMap(([id, r]) => (r.status === 'broken' ? [id] : []))

const message = (d: Driver, id: string): string => {
  const r = results(d)[id]
  return r?.status === 'broken' ? r.message : 'kept'
}

describe('the rules', () => {
  it('a driver that keeps all of them', () => {
    expect(brokenIn(driver())).toEqual([])
  })

  it('another contract', () => {
    expect(message(driver({ contract: 99 }), 'contract-version')).toMatch(/contract 99.*contract 1/)
  })

  it('an activity that is offered and not made', () => {
    expect(message(driver({ offers: ['fault'] }), 'shape')).toContain('fault is offered')
  })

  it('a procedure that remembers', () => {
    let n = 0
    const wrong = driver({
      create(host) {
        const made = create(host)
        const start = procedure('start', 'an example', function* () {
          yield* atomically({ label: `call ${n++}` })
          return 0
        })
        return { ...made, ops: { invalidateRangeStart: start } }
      },
    })
    expect(message(wrong, 'deterministic')).toContain('NOT_DETERMINISTIC')
  })

  it('a driver that does nothing', () => {
    const idle = driver({
      create: () => ({ ops: {}, mapping: () => expr(0), inFlight: [], activities: {}, watch: [] }),
    })
    expect(brokenIn(idle)).toEqual(['does-something'])
  })

  it('a count without a lock', () => {
    const torn = driver({
      create(host) {
        const made = create(host)
        const count = variable(`${host.label}.n`, { max: host.sections })
        const start = procedure('start', 'an example', function* (range: Range) {
          yield* atomically({ assign: [[count, plus(count, 1)]], label: 'n++' })
          const first = made.ops.invalidateRangeStart
          return first ? yield* call(first, range) : 0
        })
        return { ...made, ops: { ...made.ops, invalidateRangeStart: start } }
      },
    })
    expect(message(torn, 'counts-under-lock')).toContain('"n++" in start() counts without a lock')
    const counted = conformance(torn).find((c) => c.id === 'counts-under-lock')
    const result = counted?.run()
    expect(result).toMatchObject({ path: { procedure: 'start', lines: ['n++'] } })
    if (counted && result?.status === 'broken')
      expect(failureText(counted, result)).toContain('start(), read off the procedure')
  })

  it('a device that leaves its mappings behind', () => {
    const leaving = driver({
      offers: ['unregister'],
      create(host) {
        const leave = procedure('leave', 'an example', function* (_va: number) {
          yield* host.unregister()
        })
        const activities = { unregister: { task: 'leave', run: leave, perPage: false } }
        const made = create(host)
        const { release, ...ops } = made.ops
        return { ...made, ops, activities }
      },
    })
    expect(message(leaving, 'teardown')).toContain('still maps a page after it has left')
  })

  it('a count that goes the wrong way, with a token', () => {
    const wrong = driver({ create: (host) => create(host, 1) })
    const ends = results(wrong)['ends-what-it-began']
    expect(ends).toMatchObject({ status: 'broken', token: expect.stringMatching(/^mmu1\./) })
  })
})

describe('the binding', () => {
  const run = (options: Parameters<typeof testDriver>[1], d = driver()): string[] => {
    const failures: string[] = []
    testDriver(() => d, {
      ...options,
      it: (_name, test) => {
        try {
          test()
        } catch (error) {
          failures.push(error instanceof Error ? error.message : String(error))
        }
      },
    })
    return failures
  }
  const it_ = (): void => {}

  it('makes a test of every case', () => {
    const names: string[] = []
    testDriver(() => driver(), { it: (name) => names.push(name) })
    expect(names).toHaveLength(conformance(driver()).length)
    expect(run({ it: it_ })).toEqual([])
  })

  it('a failure says the rule, the kernel and the cell', () => {
    const [text] = run({ it: it_ }, driver({ create: (host) => create(host, 1) }))
    expect(text).toMatch(
      /^[a-z-]+: .*\n {2}rule .*\n {2}kernel .*\n {2}cell .*\n {2}token {3}mmu1\./,
    )
  })

  it('a skip that is not needed is a failure, and so is one of no rule', () => {
    expect(run({ it: it_, skip: { context: 'no reason' } })[0]).toContain('remove the skip')
    expect(() => run({ it: it_, skip: { nonsense: 'x' } })).toThrow(/no rule nonsense/)
  })

  it('counts that are wrong say what is right', () => {
    expect(run({ it: it_, counts: { 'mainline@5.4 dontneed': [1, 1] } })[0]).toContain('3 worlds')
    const counts = Object.fromEntries(
      ['dontneed', 'munmap', 'reclaim'].map((s) => [`mainline@5.4 ${s}`, [1, 1] as const]),
    )
    expect(run({ it: it_, counts })[0]).toMatch(/mainline@5.4 dontneed': \[\d+, \d+\]/)
  })

  it('cases of the author’s own are tests like the others', () => {
    const own = {
      id: 'own',
      rule: 'Something of its own.',
      kernelReference: 'a file',
      run: () => ({ status: 'broken', message: 'not so' }) as const,
    }
    expect(run({ it: it_, additional: [own] })).toEqual([failureText(own, own.run())])
  })
})
