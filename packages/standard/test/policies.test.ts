/** Every policy and patch that ships keeps what the kit asks of one. */
import { type Subject, testPolicy } from '@mmulab/testkit'
import { describe, it } from 'vitest'
import { standard } from '../src/index.ts'

const subjects: readonly Subject[] = [...standard.families, ...standard.patches]

/** Rules that a proposal does not keep, and why. */
const SKIPS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'reaper-ends': {
    'keeps-devices-safe': 'it ends a section again that the tree of intervals has ended itself',
  },
  'preempt-rt': {
    'keeps-devices-safe': 'a device that takes a spinlock in its start sleeps there',
  },
  'list-first': {
    'keeps-devices-safe':
      'an interval refuses after the list has been told, and nobody tells it again',
  },
  'stop-and-unwind': {
    'warns-of-refusals':
      'it ends only those that said yes: an end operation beside a refusal is no harm',
  },
  'int-void-split': {
    'warns-of-refusals': 'its callbacks for what may be blocked cannot answer anything',
  },
}

describe.each(subjects.map((s) => [s.name, s] as const))('%s', (name, subject) => {
  testPolicy(() => subject, { it, families: standard.families, skip: SKIPS[name] ?? {} })
})
