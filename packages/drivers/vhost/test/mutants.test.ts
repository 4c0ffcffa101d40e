import { testMutants } from '@mmulab/testkit/vitest'
import vhost from '../src/index.ts'

testMutants(vhost, {
  score: { total: 36, killed: 33, equivalent: 3 },
  sample: 3,
})
