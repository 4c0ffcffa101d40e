import { testMutants } from '@mmulab/testkit/vitest'
import { describe } from 'vitest'
import amdgpu from '../src/index.ts'

describe('4.19', () => {
  testMutants(() => amdgpu({ era: '4.19' }), {
    score: { total: 52, killed: 47, equivalent: 2 },
    survivors: {
      'amdgpu_mn_register: without "down_write(&amdgpu.mn.lock)"':
        'the lock has no owner, so no rule sees who holds it; a tree that changes under its readers is a flag here',
      'amdgpu_mn_register: without "down_write(&amdgpu.mn.lock): its turn"':
        'the lock has no owner, so no rule sees who holds it; a tree that changes under its readers is a flag here',
      'amdgpu_mn_register: "up_write(&amdgpu.mn.lock)" before "amdgpu.bo.registered = ·"':
        'the lock has no owner, so no rule sees who holds it; a tree that changes under its readers is a flag here',
    },
    sample: 3,
  })
})

describe('5.5', () => {
  testMutants(() => amdgpu({ era: '5.5' }), {
    score: { total: 26, killed: 20, equivalent: 6 },
    sample: 3,
  })
})
