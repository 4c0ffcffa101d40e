import { testMutants } from '@mmulab/testkit/vitest'
import nouveauSvm from '../src/index.ts'

testMutants(nouveauSvm, {
  score: { total: 46, killed: 40, equivalent: 6 },
  sample: 3,
})
