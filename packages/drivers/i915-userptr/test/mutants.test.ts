import { testMutants } from '@mmulab/testkit/vitest'
import { describe } from 'vitest'
import i915Userptr from '../src/index.ts'

describe('4.19', () => {
  testMutants(() => i915Userptr({ era: '4.19' }), {
    score: { total: 90, killed: 69, equivalent: 11 },
    survivors: {
      'i915_gem_userptr_mn_invalidate_range_start: drop "i915-userptr.obj.attached = ·"':
        'the original breaks the same rules in the same cells',
      'cancel_userptr: drop "xchg(i915-userptr.obj.userptr.work, ·)"':
        'the original breaks the same rules in the same cells',
      'cancel_userptr: drop "i915-userptr.vma.bound = ·"':
        'told apart where no promise is broken by it; elsewhere the original breaks the same rules in the same cells',
      '__i915_gem_userptr_get_pages_worker: drop "unpin_user_page(page·)"':
        'the original breaks the same rules in the same cells',
      'i915_gem_do_execbuffer: drop "i915_vma_move_to_active()"':
        'the original breaks the same rules in the same cells',
      'i915_gem_do_execbuffer: "i915-userptr.obj.attached" is always 1':
        'the original breaks the same rules in the same cells',
      'cancel_userptr: "xchg(i915-userptr.obj.userptr.work, ·)" before "mutex_lock(&i915-userptr.obj.mm.lock)"':
        'the original breaks the same rules in the same cells',
      '__i915_gem_userptr_get_pages_worker: "i915-userptr.obj.userptr.work = ·" before "mutex_lock(&i915-userptr.obj.mm.lock)"':
        'the original breaks the same rules in the same cells',
      '__i915_gem_userptr_get_pages_worker: "xchg(i915-userptr.obj.userptr.work, ·)" before "mutex_lock(&i915-userptr.obj.mm.lock)"':
        'the original breaks the same rules in the same cells',
      'i915_gem_do_execbuffer: "i915-userptr.obj.attached" before "mutex_lock(&i915-userptr.struct_mutex)"':
        'the original breaks the same rules in the same cells',
    },
    sample: 3,
  })
})

describe('5.x', () => {
  testMutants(() => i915Userptr({ era: '5.x' }), {
    score: { total: 73, killed: 57, equivalent: 10 },
    survivors: {
      'i915_gem_do_execbuffer: drop "i915-userptr.vma.pinned = ·"':
        'the original breaks the same rules in the same cells',
      'i915_gem_object_unbind: "i915-userptr.vma.bound" is always 1':
        'the original breaks the same rules in the same cells',
      'i915_gem_object_unbind: "i915-userptr.vma.pinned" is always 0':
        'the original breaks the same rules in the same cells',
      '__i915_gem_userptr_get_pages_worker: "i915-userptr.obj.attached" is always 1':
        'the original breaks the same rules in the same cells',
      '__i915_gem_userptr_get_pages_worker: "i915-userptr.obj.attached" before "mutex_lock_nested(&i915-userptr.obj.mm.lock)"':
        'the original breaks the same rules in the same cells',
      'i915_gem_do_execbuffer: "i915-userptr.vma.pinned = ·" before "i915-userptr.request.submitted = ·"':
        'the original breaks the same rules in the same cells',
    },
    sample: 3,
  })
})

describe('5.13', () => {
  testMutants(() => i915Userptr({ era: '5.13' }), {
    score: { total: 42, killed: 34, equivalent: 8 },
    sample: 3,
  })
})

describe('6.12', () => {
  testMutants(() => i915Userptr({ era: '6.12' }), {
    score: { total: 35, killed: 24, equivalent: 11 },
    sample: 3,
  })
})
