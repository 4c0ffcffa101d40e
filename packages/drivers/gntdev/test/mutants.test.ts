import { testMutants } from '@mmulab/testkit/vitest'
import { describe } from 'vitest'
import gntdev from '../src/index.ts'

describe('4.19', () => {
  testMutants(() => gntdev({ era: '4.19' }), {
    score: { total: 30, killed: 27, equivalent: 2 },
    survivors: {
      'mn_invl_range_start: "in_range()" is always 1':
        'a range that is refused or unmapped without need breaks nothing',
    },
    sample: 3,
  })
})

describe('5.5', () => {
  testMutants(() => gntdev({ era: '5.5' }), {
    score: { total: 16, killed: 13, equivalent: 2 },
    survivors: {
      'gntdev_mmap: "up_write(&mmap_lock)" before "gntdev.grant[·] = ·"':
        'told apart where no promise is broken by it; elsewhere the original breaks the same rules in the same cells',
    },
    sample: 3,
  })
})
