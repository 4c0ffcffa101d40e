import { testMutants } from '@mmulab/testkit/vitest'
import drmGpusvm from '../src/index.ts'

testMutants(drmGpusvm, {
  score: { total: 42, killed: 35, equivalent: 7 },
  sample: 3,
})
