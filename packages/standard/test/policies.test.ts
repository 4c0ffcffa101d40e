/** Every policy and patch that ships keeps what the kit asks of one. */
import { type Subject, testPolicy } from '@mmulab/testkit'
import { describe, it } from 'vitest'
import { standard } from '../src/index.ts'

const subjects: readonly Subject[] = [...standard.families, ...standard.patches]

describe.each(subjects.map((s) => [s.name, s] as const))('%s', (_, subject) => {
  testPolicy(() => subject, { it, families: standard.families })
})
