import { testDriver } from '@mmulab/testkit/vitest'
import i915Userptr from '../src/index.ts'

testDriver(i915Userptr, {
  skip: {
    'one-lock': 'vma.pinned is a count of its own in the kernel, changed without vm->mutex',
    'blockable-start-says-yes':
      'while execbuffer holds the binding pinned, unbinding answers -EAGAIN to any range',
    'retries-after-invalidation':
      'it then maps what it has pinned, although the CPU page table has moved on',
    'survives-its-own-reclaim':
      'a start waits for a request that the reclaiming task has yet to submit',
  },
  counts: {
    'mainline@5.4 oom-reap': [525, 1011],
    'mainline@5.4 dontneed': [560, 1071],
    'mainline@5.4 pin-reclaim': [32, 32],
  },
})
