import { testDriver } from '@mmulab/testkit/vitest'
import nouveauSvm from '../src/index.ts'

testDriver(nouveauSvm, {
  skip: {
    'undoes-a-refusal':
      'its list notifier refuses after its own interval has agreed, and the core forgets the section of the interval',
    'no-stale-mapping':
      'the interval only counts: the entries go with the notifier on the list, which is asked next',
    teardown:
      'it has no release operation: what it maps goes when its files are closed, after the pages',
    finishes: 'the same forgotten section: the next fault waits for its end',
  },
  counts: {
    'mainline@5.5 oom-reap': [117, 187],
    'mainline@5.5 dontneed': [1761, 4032],
    'mainline@5.5 munmap': [1394, 3183],
  },
})
