import { testMutants } from '@mmulab/testkit/vitest'
import { describe } from 'vitest'
import amdkfd from '../src/index.ts'

describe('5.5', () => {
  testMutants(() => amdkfd({ era: '5.5' }), {
    score: { total: 59, killed: 40, equivalent: 14 },
    survivors: {
      'amdgpu_amdkfd_gpuvm_map_memory_to_gpu: without "down_write(&mmap_lock)"':
        'what it maps before the section has stopped the queues the worker writes anew before they run again',
      'amdgpu_amdkfd_gpuvm_map_memory_to_gpu: without "down_write(&mmap_lock): its turn"':
        'what it maps before the section has stopped the queues the worker writes anew before they run again',
      'amdgpu_amdkfd_restore_userptr_worker: "amdkfd.evicted_bos" is always 1':
        'told apart only where there are many states to compare',
      'amdgpu_amdkfd_restore_userptr_worker: "amdkfd.mem.invalid" is always 1':
        'told apart only where there are many states to compare',
      'amdgpu_amdkfd_gpuvm_map_memory_to_gpu: "amdkfd.mem.invalid" is always 1':
        'an object that is left to the worker is mapped by it',
    },
    sample: 3,
  })
})

describe('6.2', () => {
  testMutants(() => amdkfd({ era: '6.2' }), {
    score: { total: 60, killed: 42, equivalent: 18 },
    sample: 3,
  })
})
