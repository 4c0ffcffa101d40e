import { testMutants } from '@mmulab/testkit/vitest'
import nouveauSvm from '../src/index.ts'

testMutants(nouveauSvm, {
  score: { total: 41, killed: 38, equivalent: 3 },
  sample: 3,
})
