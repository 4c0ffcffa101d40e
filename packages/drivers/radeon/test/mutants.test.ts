import { testMutants } from '@mmulab/testkit/vitest'
import { describe } from 'vitest'
import radeon from '../src/index.ts'

describe('4.19', () => {
  testMutants(() => radeon({ era: '4.19' }), {
    score: { total: 55, killed: 40, equivalent: 11 },
    survivors: {
      'radeon_mn_register: drop "radeon.bo.registered = ·"':
        'the original breaks the same rules in the same cells',
      'radeon_mn_invalidate_range_start: "radeon.bo.registered" is always 1':
        'told apart where no promise is broken by it; elsewhere the original breaks the same rules in the same cells',
      'radeon_mn_invalidate_range_start: "radeon.bo.bound" is always 1':
        'the original breaks the same rules in the same cells',
      'radeon_ttm_tt_pin_userptr: "radeon.bo.bound = ·" before "radeon.bo.pages[·] = ·"':
        'the original breaks the same rules in the same cells',
    },
    sample: 3,
  })
})

describe('5.5', () => {
  testMutants(() => radeon({ era: '5.5' }), {
    score: { total: 40, killed: 31, equivalent: 7 },
    survivors: {
      'radeon_mn_invalidate: "radeon.bo.bound" is always 1':
        'the original breaks the same rules in the same cells',
      'radeon_ttm_tt_pin_userptr: "radeon.bo.bound = ·" before "radeon.bo.pages[·] = ·"':
        'the original breaks the same rules in the same cells',
    },
    sample: 3,
  })
})
