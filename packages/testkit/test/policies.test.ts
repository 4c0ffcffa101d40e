/** Cores that are wrong in one way each; what ships is looked at in @mmulab/standard. */
import { applyPatch, definePatch, definePolicy, type Policy } from '@mmulab/core'
import { call, procedure } from '@mmulab/model'
import mainline from '@mmulab/policy-mainline'
import { describe, expect, it } from 'vitest'
import { policyConformance } from '../src/index.ts'

const brokenIn = (policy: Policy): string[] =>
  policyConformance(policy).flatMap((c) => (c.run().status === 'broken' ? [c.id] : []))

const with54 = (procedures: Parameters<typeof definePatch>[0]['procedures']): Policy => {
  const base = mainline.at('5.4')
  const patch = definePatch({
    name: 'wrong',
    title: 'something wrong',
    source: 'a test',
    example: 'mainline@5.4',
    refuses: () => undefined,
    procedures,
  })
  return definePolicy({ ...applyPatch(base, patch), name: 'wrong' })
}

describe('cores that are wrong', () => {
  it('calls nobody', () => {
    const silent = with54(() => ({
      callStart: procedure('call_nobody', 'a test', function* () {
        yield* []
        return 0
      }),
    }))
    expect(brokenIn(silent)).toContain('calls-everybody')
  })

  it('lets a start sleep', () => {
    const careless = with54(() => ({
      callStart: procedure('call_start', 'a test', function* (sub, range) {
        const start = sub.ops.invalidateRangeStart
        return start ? yield* call(start, range) : 0
      }),
    }))
    expect(brokenIn(careless)).toContain('watches-for-sleep')
  })

  it('takes every answer for a yes', () => {
    const deaf = with54((base) => ({
      invalidateRangeStartNonblock: procedure('deaf', 'a test', function* (range) {
        yield* call(base.invalidateRangeStartNonblock, range)
        return 0
      }),
    }))
    expect(brokenIn(deaf)).toContain('hears-refusals')
  })

  it('walks the list from its end', () => {
    const base = mainline.at('5.4')
    const backwards: Policy = {
      ...base,
      procedures: (kernel) =>
        base.procedures(
          Object.create(kernel, {
            subscriptions: { get: () => [...kernel.subscriptions].reverse() },
          }),
        ),
    }
    expect(brokenIn(backwards)).toEqual(['newest-first'])
  })

  it('WARNs of nothing', () => {
    const base = mainline.at('5.3')
    const quiet = { ...base, facts: { ...base.facts, hlistWalk: 'continue-and-warn' as const } }
    expect(brokenIn(quiet)).toContain('warns-of-refusals')
  })

  it('only says that it unwinds', () => {
    const base = mainline.at('5.4')
    expect(brokenIn({ ...base, facts: { ...base.facts, hlistWalk: 'unwind' } })).toContain(
      'unwinds-as-it-says',
    )
  })
})

describe('patches', () => {
  it('one that refuses its own example', () => {
    const shy = definePatch({
      name: 'shy',
      title: 'applies to nothing',
      source: 'a test',
      example: 'mainline@5.4',
      refuses: () => 'it is shy',
      procedures: () => ({}),
    })
    const [result] = policyConformance(shy)
      .filter((c) => c.id === 'applies-or-refuses')
      .map((c) => c.run())
    expect(result).toMatchObject({
      status: 'broken',
      message: expect.stringContaining('it is shy'),
    })
  })
})
