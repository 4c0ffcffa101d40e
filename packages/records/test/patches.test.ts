/** The judge knows no policy: it holds records against patches that were written for this test alone. */
import {
  applyPatch,
  closeSection,
  definePatch,
  isListed,
  type Kernel,
  openSection,
  type Patch,
  type Range,
  range,
} from '@mmulab/core'
import { call, procedure } from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import { fixture, NEW, OLD, parseRecord, says, written } from './support.ts'

const patch = (name: string, procedures: Patch['procedures']): Patch =>
  definePatch({
    name,
    title: name,
    source: 'this test',
    example: 'mainline@5.4',
    refuses: () => undefined,
    procedures,
  })

/** The walk stops at the first refusal. Often assumed by readers; never in mainline. */
const stopAtFirst = patch('break', (_base, kernel: Kernel) => ({
  hlistInvalidateRangeStart: procedure('walk', 'this test', function* (r: Range) {
    for (const sub of kernel.subscriptions) {
      if (!sub.ops.invalidateRangeStart || !(yield* isListed(sub))) continue
      const ret = yield* call(kernel.procs.callStart, sub, r)
      if (ret) return ret
    }
    return 0
  }),
}))

/** 20210310213117.1444147-1: the reaper ends a section although it was refused. */
const callerEnds = patch('caller-ends', (_base, kernel: Kernel) => ({
  oomReapTaskMm: procedure('__oom_reap_task_mm', 'this test', function* () {
    const r = range('UNMAP', kernel.mm.vmas[0]?.pages ?? [], { blockable: false })
    const refused = yield* openSection(kernel, r)
    if (refused) yield* call(kernel.procs.invalidateRangeEnd, r)
    else yield* closeSection(kernel, r)
    return refused ? 0 : 1
  }),
}))

describe('a policy that nobody here has heard of', () => {
  const listed = ['20 register B', '20 register A']
  const refusedFirst = ['1 A.start 1-2 -11 nonblock']
  const whole = [...refusedFirst, '1 B.start 1-2 nonblock']

  it('is followed in whom it calls', () => {
    const policy = applyPatch(OLD, stopAtFirst)
    expect(says(written([...listed, ...refusedFirst]), policy)).toBe('explained')
    expect(says(written([...listed, ...refusedFirst]), OLD)).toContain('B.start of [1, 2) had to')
    expect(says(written([...listed, ...whole]), OLD)).toBe('explained')
    expect(says(written([...listed, ...whole]), policy)).toContain(
      'seq=3: B.start of [1, 2) by task (tid 1) cannot happen under mainline@5.4+break',
    )
  })

  it('is followed in what its reaper does', () => {
    const policy = applyPatch(OLD, callerEnds)
    // By the callbacks alone, an end by the caller looks like an end by the core ...
    const callbacks = parseRecord(fixture('uml-6.1.192-stock.mr_AB_noend'))
    expect(says(callbacks, policy)).toBe('explained')
    // ... but not where the core was watched: it had not returned yet.
    const watched = parseRecord(fixture('debian-6.1.0-56.kvm-in-tcg.kvmreap'))
    expect(says(watched, NEW)).toBe('explained')
    expect(says(watched, policy)).toContain('seq=31: A.end of [400000, 401000)')
  })
})
