import { testDriver } from '@mmulab/testkit/vitest'
import hmmMirror from '../src/index.ts'

testDriver(hmmMirror, {
  skip: {
    'retries-after-invalidation':
      'the mark of a range has no sequence number: it misses a whole section in between',
    'may-fail-has-no-end': 'the rule came with 5.12; this driver is of 5.3',
    unwound: 'it refuses and has an end operation, which the kernel of 5.12 then calls',
  },
  counts: {
    'mainline@5.4 oom-reap': [229, 359],
    'mainline@5.4 dontneed': [1902, 4368],
    'mainline@5.4 munmap': [1158, 2680],
  },
})
