import { testMutants } from '@mmulab/testkit/vitest'
import iommuSva from '../src/index.ts'

testMutants(iommuSva, {
  score: { total: 4, killed: 4, equivalent: 0 },
  sample: 3,
})
