import { testDriver } from '@mmulab/testkit/vitest'
import rdmaOdp from '../src/index.ts'

testDriver(rdmaOdp, {
  skip: {
    'undoes-a-refusal': 'in 4.20 to 5.2 a refusal over a umem keeps umem_rwsem (fixed in 5.3)',
    'may-fail-has-no-end': 'the rule came with 5.12; this driver is of 4.20',
    unwound: 'it refuses and has an end operation, which the kernel of 5.12 then calls',
    'lock-order':
      'umem_rwsem is held from start to end; the lockdep map of 5.4 sees it as a circle',
  },
  counts: {
    'mainline@5.4 oom-reap': [96, 152],
    'mainline@5.4 oom-reap-then-register': [30, 30],
    'mainline@5.4 dontneed': [1525, 3464],
  },
})
