/** The notifier core of 5.12 and its patch on 5.4, broken in every classic way; `mmulab conform --mutants` breaks everything that ships. */
import mainline from '@mmulab/policy-mainline'
import unwindOnFail from '@mmulab/policy-unwind-on-fail'
import { testPolicyMutants } from '@mmulab/testkit/vitest'
import { describe } from 'vitest'

describe('mainline@5.12', () => {
  testPolicyMutants(() => mainline.at('5.12'), {
    score: { killed: 71, equivalent: 14 },
    survivors: {
      '__mmu_notifier_release: drop "probe-device.hashed = ·"':
        'whoever leaves after the mm has gone is told once more, which is allowed',
      '__mmu_notifier_release: "srcu_read_unlock(&srcu)" before "probe-device.hashed = ·"':
        'the list is emptied a moment later, and leaving may tell it once more meanwhile',
      'mmu_notifier_unregister: "probe-device.hashed" is always 1':
        'a notifier that has left already is told once more, which is allowed',
    },
  })
})

describe('unwind-on-fail', () => {
  testPolicyMutants(() => unwindOnFail, { score: { killed: 15, equivalent: 1 }, survivors: {} })
})
