import { testMutants } from '@mmulab/testkit/vitest'
import { describe } from 'vitest'
import amdgpu from '../src/index.ts'

describe('4.19', () => {
  testMutants(() => amdgpu({ era: '4.19' }), {
    score: { total: 52, killed: 50, equivalent: 2 },
    sample: 3,
  })
})

describe('5.5', () => {
  testMutants(() => amdgpu({ era: '5.5' }), {
    score: { total: 26, killed: 20, equivalent: 6 },
    sample: 3,
  })
})
