import { testMutants } from '@mmulab/testkit/vitest'
import drmGpusvm from '../src/index.ts'

testMutants(drmGpusvm, {
  score: { total: 42, killed: 33, equivalent: 9 },
  sample: 3,
})
