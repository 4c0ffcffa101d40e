import { testPolicy } from '@mmulab/testkit/vitest'
import mayfail from '../src/index.ts'

testPolicy(() => mayfail)
