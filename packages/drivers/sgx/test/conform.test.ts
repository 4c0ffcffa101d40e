import { testDriver } from '@mmulab/testkit/vitest'
import { describe } from 'vitest'
import sgx from '../src/index.ts'

const OWN_MEMORY = 'what an enclave maps is memory of its own, which no section takes away'

describe('5.11', () => {
  testDriver(() => sgx({ era: '5.11' }), {
    skip: {
      'does-something': OWN_MEMORY,
      teardown: 'the last close frees the enclave while the exit of the mm still uses it',
    },
    counts: {
      'mainline@5.4 oom-reap': [112, 210],
      'mainline@5.4 dontneed': [88, 165],
      'mainline@5.4 munmap': [105, 192],
    },
  })
})

describe('5.12', () => {
  testDriver(() => sgx({ era: '5.12' }), {
    skip: { 'does-something': OWN_MEMORY },
    counts: {
      'mainline@5.4 oom-reap': [112, 210],
      'mainline@5.4 dontneed': [88, 165],
      'mainline@5.4 munmap': [105, 192],
    },
  })
})
