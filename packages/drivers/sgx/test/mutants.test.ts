import { testMutants } from '@mmulab/testkit/vitest'
import { describe } from 'vitest'
import sgx from '../src/index.ts'

describe('5.11', () => {
  testMutants(() => sgx({ era: '5.11' }), {
    score: { total: 22, killed: 9, equivalent: 13 },
    sample: 3,
  })
})

describe('5.12', () => {
  testMutants(() => sgx({ era: '5.12' }), {
    score: { total: 23, killed: 8, equivalent: 14 },
    survivors: {
      'sgx_release: drop the call of list_del_rcu(&encl_mm->list)()':
        'the address space stays on the list and keeps the enclave until the mm exits: late, and nothing is broken',
    },
    sample: 3,
  })
})
