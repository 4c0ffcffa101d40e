import { testMutants } from '@mmulab/testkit/vitest'
import { describe } from 'vitest'
import amdgpu from '../src/index.ts'

describe('4.19', () => {
  testMutants(() => amdgpu({ era: '4.19' }), {
    score: { total: 52, killed: 45, equivalent: 2 },
    survivors: {
      'amdgpu_mn_register: without "down_write(&amdgpu.mn.lock)"':
        'the original breaks the same rules in the same cells',
      'amdgpu_mn_register: without "down_write(&amdgpu.mn.lock): its turn"':
        'the original breaks the same rules in the same cells',
      'amdgpu_mn_read_lock: "mutex_trylock(&amdgpu.mn.read_lock)" waits for the lock':
        'the original breaks the same rules in the same cells',
      'amdgpu_mn_register: "amdgpu.bo.registered = ·" before "down_write(&amdgpu.mn.lock): its turn"':
        'the original breaks the same rules in the same cells',
      'amdgpu_mn_register: "up_write(&amdgpu.mn.lock)" before "amdgpu.bo.registered = ·"':
        'the original breaks the same rules in the same cells',
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
