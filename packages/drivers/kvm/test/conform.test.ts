import { testDriver } from '@mmulab/testkit/vitest'
import { describe } from 'vitest'
import kvm from '../src/index.ts'

describe('5.11', () => {
  testDriver(() => kvm({ era: '5.11' }), {
    counts: {
      'mainline@5.4 oom-reap': [39, 39],
      'mainline@5.4 dontneed': [426, 777],
      'mainline@5.4 munmap': [317, 584],
    },
  })
})

describe('5.12', () => {
  testDriver(() => kvm({ era: '5.12' }), {
    counts: {
      'mainline@5.4 oom-reap': [39, 39],
      'mainline@5.4 dontneed': [426, 777],
      'mainline@5.4 munmap': [317, 584],
    },
  })
})

describe('5.15', () => {
  testDriver(() => kvm({ era: '5.15' }), {
    counts: {
      'mainline@5.4 oom-reap': [1789, 3256],
      'mainline@5.4 dontneed': [19323, 49234],
      'mainline@5.4 munmap': [14825, 37972],
    },
  })
})

describe('6.1', () => {
  testDriver(() => kvm({ era: '6.1' }), {
    counts: {
      'mainline@5.12 oom-reap': [1060, 2046],
      'mainline@5.12 dontneed': [23403, 66069],
      'mainline@5.12 munmap': [12230, 34696],
    },
  })
})
