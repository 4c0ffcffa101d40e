/** Known bugs that no model here can show, and why. What each would need is the list of what to model next. */
import type { NotModelled } from './case.ts'

const because = (
  why: string,
  list: readonly (readonly [number, string, string])[],
): NotModelled[] => list.map(([number, id, title]) => ({ id, number, title, why }))

export const NOT_MODELLED: readonly NotModelled[] = [
  ...because('memory is sequentially consistent here', [
    [
      57,
      'registration-publication',
      'a reader could see a notifier before its operations (543bdb2d825f, 5.2)',
    ],
  ]),
  ...because('no bug of notifiers: a checker of locks was told the wrong order', [
    [
      51,
      'lockdep-memalloc',
      'the first annotation of reclaim took PF_MEMALLOC for a caller (2020-11)',
    ],
    [48, 'lockdep-amdgpu', 'amdgpu_lockdep.c trained reclaim under notifier_lock (2026-06)'],
  ]),
  ...because('pointers that are null, and indices, are not modelled', [
    [
      44,
      'register-null',
      'a check at registration looked into an interval that has no list notifier (2023-07)',
    ],
    [49, 'i915-null-mm', 'i915 removed an interval whose notifier.mm was null (db7bbd13f087)'],
    [50, 'kvm-search-memslots', 'search_memslots() looked past the end of its array (2020-03)'],
  ]),
  ...because('no implicit MR and its children: one registration is one range', [
    [28, 'odp-double-destroy', 'an implicit child was destroyed twice (2025-01)'],
    [29, 'odp-implicit-hang', 'destroying implicit children waited for ever (2025-02)'],
    [30, 'odp-double-work', 'the work that destroys a child was scheduled twice (2019-10)'],
    [33, 'odp-implicit-srcu', 'a child went while a page fault looked it up (2020-02)'],
  ]),
  ...because('the queue of a device that invalidates its keys is not modelled', [
    [27, 'mlx5-dereg', 'deregistration against invalidation (2025-01)'],
  ]),
  ...because('there is one mm in a world', [
    [38, 'hfi1-wrong-mm', 'hfi1 used the mm of whoever was handed its file (2020-11)'],
  ]),
  ...because('time is not modelled: nothing is lost, it only takes long', [
    [
      41,
      'kvm-contended-lock',
      'faults that retry keep mmu_lock from a long invalidation (6.8 looks first)',
    ],
  ]),
  ...because('a helper that was in no kernel', [
    [34, 'odp-helper-recursion', 'a helper for debugging invalidated with umem_mutex held'],
  ]),
  ...because('hfi1 promises no coherence for its send buffers, only for what a munmap() takes', [
    [37, 'hfi1-stale-cache', 'SDMA used an entry of its cache after invalidation (2023-05)'],
  ]),
  ...because(
    'the model of amdkfd does it too, and keeps its promises: the queues stop, and the worker looks again',
    [
      [
        62,
        'kfd-mmap-lock',
        'KFD took mmap_lock for something that keeps notifiers out (f95f51a4c335)',
      ],
    ],
  ),
  ...because(
    'the mmap() of a GPU object, whose own mapping goes when it is unbound, is not modelled',
    [
      [
        58,
        'i915-mappable-ggtt',
        'userptr in the mappable GGTT: the notifier called itself (4f2a572eda67)',
      ],
      [59, 'i915-vm-mutex', 'vm->mutex, i_mmap_rwsem and the notifier in a ring (5.5)'],
    ],
  ),
  ...because(
    'what is freed is not memory of the mm; the notifier of struct hmm stands for its kind (hmm-freed-early)',
    [
      [14, 'hmm-release-race', 'hmm_release() against the list of mirrors'],
      [18, 'kfd-no-grace', 'amdkfd freed its notifier without a grace period'],
    ],
  ),
  ...because('a worry of a review about users out of the tree, and no bug', [
    [64, 'recursion-out-of-tree', 'users out of the tree may use work items or recursion (2018)'],
  ]),
]
