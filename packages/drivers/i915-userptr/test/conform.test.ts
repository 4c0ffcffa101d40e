import { testDriver } from '@mmulab/testkit/vitest'
import { describe } from 'vitest'
import i915Userptr from '../src/index.ts'

const twin = (era: string) => {
  const found = i915Userptr({ era }).variants.objects
  if (!found) throw new Error(`${era} has no twin with several objects`)
  return found
}

/** The small worlds of the kit have one object: there the twin with several is the same. */
describe.each([
  ['4.19', () => i915Userptr({ era: '4.19' })],
  ['several objects, 4.19', () => twin('4.19')],
])('%s', (_, driver) => {
  testDriver(driver, {
    skip: {
      'one-lock': 'the GPU itself ends a request, and holds no lock',
      'retries-after-invalidation':
        'it maps what it has pinned, although the CPU page table has moved on meanwhile',
      'survives-its-own-reclaim': 'a start waits for work that waits for the reclaiming task',
    },
    counts: {
      'mainline@5.4 oom-reap': [473, 883],
      'mainline@5.4 dontneed': [664, 1336],
      'mainline@5.4 munmap': [696, 1398],
    },
  })
})

describe.each([
  ['5.x', () => i915Userptr({ era: '5.x' })],
  ['several objects, 5.x', () => twin('5.x')],
])('%s', (_, driver) => {
  testDriver(driver, {
    skip: {
      'blockable-start-says-yes':
        'while execbuffer holds the binding pinned, unbinding answers -EAGAIN to any range',
      'retries-after-invalidation':
        'it then maps what it has pinned, although the CPU page table has moved on',
      'survives-its-own-reclaim':
        'a start waits for a request that the reclaiming task has yet to submit',
    },
    counts: {
      'mainline@5.4 oom-reap': [551, 1062],
      'mainline@5.4 dontneed': [606, 1161],
      'mainline@5.4 munmap': [644, 1237],
    },
  })
})

describe('5.13', () => {
  testDriver(() => i915Userptr({ era: '5.13' }), {
    skip: {
      'set-seq-under-lock':
        'execbuffer looks early as well, without notifier_lock, and once more under it',
      'one-lock': 'the GPU itself ends a request, and holds no lock',
      'ends-what-it-began': 'the object keeps its references until it gets new pages',
    },
    counts: {
      'mainline@5.5 oom-reap': [500, 1015],
      'mainline@5.5 dontneed': [668, 1263],
      'mainline@5.5 munmap': [616, 1192],
    },
  })
})

describe('6.12', () => {
  testDriver(() => i915Userptr({ era: '6.12' }), {
    skip: {
      'set-seq-under-lock': 'from 6.9 on the number is set without a lock, and pins keep the pages',
      'one-lock': 'the GPU itself ends a request, and holds no lock',
      'ends-what-it-began': 'the object keeps its references until it gets new pages',
    },
    counts: {
      'mainline@5.5 oom-reap': [642, 1297],
      'mainline@5.5 dontneed': [627, 1234],
      'mainline@5.5 munmap': [577, 1165],
    },
  })
})
