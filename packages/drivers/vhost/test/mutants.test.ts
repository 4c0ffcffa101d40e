import { testMutants } from '@mmulab/testkit/vitest'
import vhost from '../src/index.ts'

testMutants(vhost, {
  score: { total: 48, killed: 44, equivalent: 4 },
  sample: 3,
})
