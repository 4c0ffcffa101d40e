import { testMutants } from '@mmulab/testkit/vitest'
import drmGpusvm from '../src/index.ts'

testMutants(drmGpusvm, {
  score: { total: 36, killed: 31, equivalent: 5 },
  sample: 3,
})
