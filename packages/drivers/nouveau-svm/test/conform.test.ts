import { testDriver } from '@mmulab/testkit/vitest'
import nouveauSvm from '../src/index.ts'

testDriver(nouveauSvm, {
  skip: {
    'undoes-a-refusal':
      'its list notifier refuses after its own interval has agreed, and the core forgets the section of the interval',
    'no-stale-mapping':
      'the interval only counts: the entries go with the notifier on the list, which is asked next',
    finishes: 'the same forgotten section: the next fault waits for its end',
  },
  counts: {
    'mainline@5.5 oom-reap': [117, 187],
    'mainline@5.5 dontneed': [1733, 3986],
    'mainline@5.5 munmap': [1368, 3141],
  },
})
