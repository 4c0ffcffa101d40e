import { testDriver } from '@mmulab/testkit/vitest'
import { describe } from 'vitest'
import rdmaOdp from '../src/index.ts'

describe('4.19', () => {
  testDriver(() => rdmaOdp({ era: '4.19' }), {
    skip: {
      'counts-under-lock': 'notifier_count is an atomic_t',
      'one-lock':
        'a umem that goes forgets its counts under umem_rwsem; sections count under umem_mutex',
      teardown:
        'its last umem takes the notifier away with umem_rwsem held, for which an end may wait',
      'undoes-a-refusal': 'a refusal leaves notifier_count up',
      'may-fail-has-no-end': 'the rule came with 5.12',
      unwound: 'it refuses and has an end operation, which the kernel of 5.12 then calls',
      context: 'its end takes umem_rwsem with down_read(), whether the range may be blocked or not',
      'retries-after-invalidation':
        'a umem that is registered while a section is open maps pages of it',
    },
    counts: {
      'mainline@5.4 oom-reap': [114, 182],
      'mainline@5.4 dontneed': [2486, 5805],
      'mainline@5.4 munmap': [1862, 4369],
    },
  })
})

describe('4.20', () => {
  testDriver(() => rdmaOdp({ era: '4.20' }), {
    skip: {
      'undoes-a-refusal': 'in 4.20 to 5.2 a refusal over a umem keeps umem_rwsem (fixed in 5.3)',
      'may-fail-has-no-end': 'the rule came with 5.12',
      unwound: 'it refuses and has an end operation, which the kernel of 5.12 then calls',
      'lock-order':
        'umem_rwsem is held from start to end; the lockdep map of 5.4 sees it as a circle',
    },
    counts: {
      'mainline@5.4 oom-reap': [96, 152],
      'mainline@5.4 dontneed': [1525, 3464],
      'mainline@5.4 munmap': [1146, 2620],
    },
  })
})

describe('5.3', () => {
  testDriver(() => rdmaOdp({ era: '5.3' }), {
    skip: {
      'may-fail-has-no-end': 'the rule came with 5.12',
      unwound: 'it refuses and has an end operation, which the kernel of 5.12 then calls',
      'lock-order':
        'umem_rwsem is held from start to end; the lockdep map of 5.4 sees it as a circle',
    },
    counts: {
      'mainline@5.4 oom-reap': [102, 162],
      'mainline@5.4 dontneed': [1525, 3464],
      'mainline@5.4 munmap': [1146, 2620],
    },
  })
})

describe('5.5', () => {
  testDriver(() => rdmaOdp({ era: '5.5' }), {
    counts: {
      'mainline@5.5 oom-reap': [89, 141],
      'mainline@5.5 dontneed': [700, 1578],
      'mainline@5.5 munmap': [510, 1139],
    },
  })
})
