import { testMutants } from '@mmulab/testkit/vitest'
import { describe } from 'vitest'
import amdkfd from '../src/index.ts'

describe('5.5', () => {
  testMutants(() => amdkfd({ era: '5.5' }), {
    score: { total: 59, killed: 35, equivalent: 14 },
    survivors: {
      'amdgpu_amdkfd_restore_userptr_worker: drop "queue_work(&amdkfd.restore_userptr_work)"':
        'told apart only where there are too many states to compare',
      'amdgpu_amdkfd_restore_userptr_worker: drop "kgd2kfd_resume_mm()"':
        'no rule asks that queues which were stopped run again: a device that stays stopped maps nothing',
      'amdgpu_amdkfd_restore_userptr_worker: drop "cmpxchg(amdkfd.mem.invalid, ·)"':
        'no rule asks that queues which were stopped run again: a device that stays stopped maps nothing',
      'amdgpu_amdkfd_gpuvm_map_memory_to_gpu: drop "update_gpuvm_pte(·)"':
        'no rule asks that queues which were stopped run again: a device that stays stopped maps nothing',
      'amdgpu_amdkfd_gpuvm_alloc_memory_of_gpu: drop the call of amdgpu_amdkfd_gpuvm_map_memory_to_gpu()':
        'user space maps what it has allocated by a call of its own',
      'amdgpu_amdkfd_gpuvm_map_memory_to_gpu: without "down_write(&mmap_lock)"':
        'no promise is broken by it in any cell of the kit',
      'amdgpu_amdkfd_gpuvm_map_memory_to_gpu: without "down_write(&mmap_lock): its turn"':
        'no promise is broken by it in any cell of the kit',
      'amdgpu_amdkfd_restore_userptr_worker: "amdkfd.evicted_bos" is always 1':
        'told apart only where there are too many states to compare',
      'amdgpu_amdkfd_restore_userptr_worker: "amdkfd.mem.invalid" is always 1':
        'told apart only where there are too many states to compare',
      'amdgpu_amdkfd_gpuvm_map_memory_to_gpu: "amdkfd.mem.invalid" is always 1':
        'no rule asks that queues which were stopped run again: a device that stays stopped maps nothing',
    },
    sample: 3,
  })
})

describe('6.2', () => {
  testMutants(() => amdkfd({ era: '6.2' }), {
    score: { total: 60, killed: 35, equivalent: 16 },
    survivors: {
      'amdgpu_amdkfd_restore_userptr_worker: drop "queue_work(&amdkfd.restore_userptr_work)"':
        'no rule asks that queues which were stopped run again: a device that stays stopped maps nothing',
      'amdgpu_amdkfd_restore_userptr_worker: drop "amdkfd.mem.invalid = ·"':
        'no rule asks that queues which were stopped run again: a device that stays stopped maps nothing',
      'amdgpu_amdkfd_restore_userptr_worker: drop "kgd2kfd_resume_mm()"':
        'no rule asks that queues which were stopped run again: a device that stays stopped maps nothing',
      'amdgpu_amdkfd_gpuvm_map_memory_to_gpu: drop "update_gpuvm_pte(·)"':
        'no rule asks that queues which were stopped run again: a device that stays stopped maps nothing',
      'amdgpu_amdkfd_gpuvm_alloc_memory_of_gpu: drop the call of amdgpu_amdkfd_gpuvm_map_memory_to_gpu()':
        'user space maps what it has allocated by a call of its own',
      'amdgpu_amdkfd_gpuvm_map_memory_to_gpu: without "mutex_lock(&amdkfd.process_info.notifier_lock)"':
        'no promise is broken by it in any cell of the kit',
      'amdgpu_amdkfd_restore_userptr_worker: "amdkfd.evicted_bos" is always 1':
        'no rule asks that queues which were stopped run again: a device that stays stopped maps nothing',
      'amdgpu_amdkfd_gpuvm_map_memory_to_gpu: "amdkfd.mem.invalid" is always 1':
        'no rule asks that queues which were stopped run again: a device that stays stopped maps nothing',
      'amdgpu_amdkfd_gpuvm_map_memory_to_gpu: "mmu_interval_read_retry(amdkfd, ·)" is always 1':
        'no promise is broken by it in any cell of the kit',
    },
    sample: 3,
  })
})
