import { testDriver } from '@mmulab/testkit/vitest'
import vhost from '../src/index.ts'

testDriver(vhost, {
  skip: {
    'maps-again':
      'a page that is not mapped is read through user space; only the next use of the ring maps it',
    'may-fail-has-no-end': 'the rule came with 5.12; this driver never came so far',
    unwound: 'it refuses and has an end operation, which the kernel of 5.12 then calls',
  },
  counts: {
    'mainline@5.4 oom-reap': [125, 220],
    'mainline@5.4 dontneed': [566, 1342],
    'mainline@5.4 munmap': [616, 1472],
  },
})
