import { testPolicy } from '@mmulab/testkit/vitest'
import preemptRt from '../src/index.ts'

testPolicy(() => preemptRt, {
  skip: {
    'keeps-devices-safe': 'a device that takes a spinlock in its start sleeps there',
  },
})
