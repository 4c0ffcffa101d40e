import { testDriver } from '@mmulab/testkit/vitest'
import { describe } from 'vitest'
import amdgpu from '../src/index.ts'

describe('4.19', () => {
  testDriver(() => amdgpu({ era: '4.19' }), {
    skip: {
      'counts-under-lock': 'mmu_invalidations is an atomic_t',
      'one-lock':
        'a rwsem that one task takes and another gives back is taken under a mutex, and given back without',
      'written-as-looked-at': 'the GPU itself ends a job, and holds no lock',
      'may-fail-has-no-end': 'the rule came with 5.12; this driver is of 4.19',
      unwound: 'it refuses and has an end operation, which the kernel of 5.12 then calls',
      'ends-what-it-began': 'the object keeps its references until it gets new pages',
      'retries-after-invalidation':
        'nothing tells that a section is open: who looks up inside one has the number of now and the page of before',
      context:
        'the mutex is tried, but the rwsem behind it is waited for in a section that may not block',
    },
    counts: {
      'mainline@5.4 oom-reap': [87, 123],
      'mainline@5.4 dontneed': [573, 1117],
      'mainline@5.4 munmap': [453, 880],
    },
  })
})

describe('5.5', () => {
  testDriver(() => amdgpu({ era: '5.5' }), {
    skip: {
      'one-lock': 'the GPU itself ends a job, and holds no lock',
      'written-as-looked-at': 'the GPU itself ends a job, and holds no lock',
    },
    counts: {
      'mainline@5.5 oom-reap': [59, 84],
      'mainline@5.5 dontneed': [334, 645],
      'mainline@5.5 munmap': [270, 526],
    },
  })
})
