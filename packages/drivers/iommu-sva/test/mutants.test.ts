import { testMutants } from '@mmulab/testkit/vitest'
import iommuSva from '../src/index.ts'

testMutants(iommuSva, {
  score: { total: 5, killed: 5, equivalent: 0 },
  sample: 3,
})
