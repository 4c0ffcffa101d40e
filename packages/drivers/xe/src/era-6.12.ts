/** xe from 6.8 to 7.1: one pass, which waits. Whatever may not be blocked is refused. */
import type { Driver } from '@mmulab/core'
import { defineXe } from './xe.ts'

export const xe612: Driver = defineXe({
  era: '6.12',
  kernel: { since: '6.8', until: '7.1' },
  title:
    'xe userptr: an interval notifier that waits for jobs; refuses whatever may not be blocked',
  source: 'drivers/gpu/drm/xe/xe_vm.c, xe_hmm.c and xe_exec.c, 6.8 to 7.1',
  passes: () => ({ ops: {}, watch: [] }),
})
