import { testMutants } from '@mmulab/testkit/vitest'
import i915Userptr from '../src/index.ts'

testMutants(() => i915Userptr({ era: '5.x' }), {
  score: { total: 73, killed: 53, equivalent: 10 },
  survivors: {
    'i915_gem_do_execbuffer: drop "i915-userptr.vma.pinned = ·"':
      'no claim speaks of a request that runs on pages that are bound no more',
    'userptr_mn_invalidate_range_start: drop the call of i915_gem_object_unbind()':
      'no claim speaks of a request that runs on pages that are bound no more',
    'i915_gem_object_put: drop the call of __i915_gem_object_put_pages()':
      'an object that nobody closes keeps its pages until a section takes them away',
    'drm_gem_close_ioctl: drop the call of i915_gem_object_put()':
      'an object that nobody closes keeps its pages until a section takes them away',
    'i915_gem_object_unbind: "i915-userptr.vma.bound" is always 1':
      'an object that is not bound is unbound once more',
    'i915_gem_object_unbind: "i915-userptr.vma.pinned" is always 0':
      'no claim speaks of a request that runs on pages that are bound no more',
    '__i915_gem_userptr_get_pages_worker: "i915-userptr.obj.attached" is always 1':
      'the original breaks the same rules in the same cells: it refuses while the binding is pinned',
    'userptr_mn_invalidate_range_start: "i915-userptr.obj.attached" before "spin_lock(&i915-userptr.mn.lock)"':
      'only a flag is read and a reference taken under it, and the reference is not taken of what is being freed',
    '__i915_gem_userptr_get_pages_worker: "i915-userptr.obj.attached" before "mutex_lock_nested(&i915-userptr.obj.mm.lock)"':
      'the original breaks the same rules in the same cells: it refuses while the binding is pinned',
    'i915_gem_do_execbuffer: "i915-userptr.vma.pinned = ·" before "i915-userptr.request.submitted = ·"':
      'no claim speaks of a request that runs on pages that are bound no more',
  },
  sample: 6,
})
