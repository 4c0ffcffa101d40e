import { testPolicy } from '@mmulab/testkit/vitest'
import reaperEnds from '../src/index.ts'

testPolicy(() => reaperEnds, {
  skip: {
    'keeps-devices-safe': 'it ends a section again that the tree of intervals has ended itself',
  },
})
