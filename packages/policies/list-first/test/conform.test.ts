import { testPolicy } from '@mmulab/testkit/vitest'
import listFirst from '../src/index.ts'

testPolicy(() => listFirst, {
  skip: {
    'keeps-devices-safe':
      'an interval refuses after the list has been told, and nobody tells it again',
  },
})
