import { testPolicy } from '@mmulab/testkit/vitest'
import mayfailIntervals from '../src/index.ts'

testPolicy(() => mayfailIntervals)
