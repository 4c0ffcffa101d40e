/**
 * What a record answers for, as parts of a world: the notifiers' callbacks, the probes on the core, and what a record leaves open.
 * All of them are `callOut`s, told apart by their subject.
 */
import {
  type DriverOps,
  definePatch,
  type Patch,
  type Range,
  type Subscription,
} from '@mmulab/core'
import { type Body, call, callOut, flag, procedure } from '@mmulab/model'
import { CORE, metBy } from './calls.ts'
import type { Member, Roster } from './roster.ts'

/** A notifier whose answers are the record's. */
export function subscription(member: Member): Subscription {
  const say = (callback: string, r: Range, answers: readonly number[]): Body<number> =>
    callOut({
      subject: member.label,
      callback,
      detail: {
        id: member.id,
        blockable: r.blockable,
        met: metBy(r.pages),
        // What a generic section is about is left open; one that a patch marks is told by its event.
        ...(r.mayFail && { event: r.event }),
      },
      answers,
    })
  const start = procedure(`${member.id}.start`, 'the record', (r: Range) =>
    say('start', r, member.answers),
  )
  const end = procedure(`${member.id}.end`, 'the record', function* (r: Range) {
    yield* say('end', r, [0])
  })
  const ops: DriverOps = {
    invalidateRangeStart: start,
    ...(member.hasEnd && { invalidateRangeEnd: end }),
  }
  return { name: member.id, ops, hashed: flag(`${member.id}.hashed`) }
}

/** kprobes on the core: entry and return of the start walk, entry of the end walk. Only those that the record shows. */
export const probes = (roster: Roster): Patch =>
  definePatch({
    name: 'probes',
    title: 'probes on the core',
    source: 'the record',
    example: 'any policy',
    refuses: () => undefined,
    procedures: (base) => ({
      rangeStart: procedure(
        '__mmu_notifier_invalidate_range_start',
        'the record',
        function* (r: Range) {
          yield* probe(roster, 'core_start', 0, { blockable: r.blockable, met: metBy(r.pages) })
          const ret = yield* call(base.rangeStart, r)
          yield* probe(roster, 'core_start_rc', ret, {
            blockable: r.blockable,
            met: metBy(r.pages),
          })
          return ret
        },
      ),
      invalidateRangeEnd: procedure(
        '__mmu_notifier_invalidate_range_end',
        'the record',
        function* (r: Range) {
          yield* probe(roster, 'core_end', 0, { blockable: r.blockable, met: metBy(r.pages) })
          yield* call(base.invalidateRangeEnd, r)
        },
      ),
    }),
  })

/** Nothing where the record has no such line. */
export function* probe(
  roster: Roster,
  callback: string,
  ret: number,
  detail: Readonly<Record<string, boolean | string>> = {},
): Body<void> {
  if (roster.probes.has(callback))
    yield* callOut({ subject: CORE, callback, detail, answers: [ret] })
}
