/** Known bugs that no model here can show. What each would need is the list of what to model next. */
import type { NotModelled } from './case.ts'

const because = (why: string, list: readonly (readonly [string, string])[]): NotModelled[] =>
  list.map(([id, title]) => ({ id, title, why }))

export const NOT_MODELLED: readonly NotModelled[] = [
  ...because('the path is not modelled', [
    [
      'wrong-range',
      'try_to_unmap_one took the range from the start of the VMA (ac46d4f3c432, 5.0-rc1)',
    ],
    [
      'invalidate-page-thp',
      'invalidate_page() assumed one small page while a THP was unmapped (up to 4.13)',
    ],
  ]),
  ...because('memory is sequentially consistent here', [
    [
      'registration-publication',
      'a reader could see a notifier before its operations (543bdb2d825f, 5.2)',
    ],
  ]),
  ...because('the driver is not modelled in that era', [
    ['mlx5-dereg', 'deregistration against invalidation (2025-01)'],
    ['kfd-ignores-retry', 'KFD ignored the answer of get_user_pages_done (f95f51a4c335, 6.2)'],
    ['kvm-apic-page', 'the APIC page was reloaded during an invalidation (0a8a5f2c8c26, 6.5)'],
    ['i915-lock-page', 'put_pages took the page lock that reclaim held (505a8ec7e11a)'],
    [
      'i915-mappable-ggtt',
      'userptr in the mappable GGTT: the notifier called itself (4f2a572eda67)',
    ],
    ['sgx-release', 'use after free in sgx_mmu_notifier_release'],
  ]),
  ...because('what is freed is not memory of the mm', [
    ['hmm-freed-early', 'struct hmm was freed while callbacks ran (up to 5.2)'],
    ['kfd-no-grace', 'amdkfd freed its notifier without a grace period'],
  ]),
]
