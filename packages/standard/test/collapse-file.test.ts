import { describe, expect, it } from 'vitest'
import { brokenAmong } from './nobody-refuses.ts'

describe('the collapse of file mappings before 6.1, which tells nobody', () => {
  it.each(['kvm+kvm', 'gru+kvm', 'test-hmm', 'test-hmm+test-hmm'])(
    'breaks what %s promise, and no longer does',
    { timeout: 600_000 },
    (set) => {
      const cell = { drivers: set.split('+'), scenario: 'collapse-file', size: 'small' } as const
      expect(brokenAmong({ ...cell, policy: 'mainline@6.0' }, 'at rest')).toContain('coherence')
      expect(brokenAmong({ ...cell, policy: 'mainline@6.1' }, 'at rest')).toEqual([])
    },
  )
})
