import { testMutants } from '@mmulab/testkit/vitest'
import testHmm from '../src/index.ts'

testMutants(testHmm, {
  score: { killed: 25, equivalent: 3 },
  survivors: {
    'dmirror_fops_open: drop the call of dmirror_range_fault()':
      'the device then faults on its own a little later',
    'dmirror_interval_invalidate: "mmu_interval_set_seq(test-hmm, ·)" before "mutex_lock(&test-hmm.dmirror.mutex)"':
      'a reader that sees the new number only retries; the old one is never installed under it',
    'dmirror_interval_invalidate: refuses after it has done its work':
      'what was taken away is only faulted in again: nothing of the contract is broken in one mm',
  },
})
