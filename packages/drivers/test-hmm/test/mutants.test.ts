import { testMutants } from '@mmulab/testkit/vitest'
import testHmm from '../src/index.ts'

testMutants(testHmm, {
  score: { total: 30, killed: 26, equivalent: 4 },
  sample: 3,
})
