import { testPolicy } from '@mmulab/testkit/vitest'
import pincheck from '../src/index.ts'

testPolicy(() => pincheck)
