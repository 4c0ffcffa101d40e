import { testMutants } from '@mmulab/testkit/vitest'
import nouveauSvm from '../src/index.ts'

testMutants(nouveauSvm, {
  score: { total: 52, killed: 45, equivalent: 7 },
  sample: 3,
})
