import { testMutants } from '@mmulab/testkit/vitest'
import testHmm from '../src/index.ts'

testMutants(testHmm, {
  score: { total: 32, killed: 27, equivalent: 5 },
  sample: 3,
})
