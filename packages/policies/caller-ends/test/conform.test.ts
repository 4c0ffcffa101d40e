import { testPolicy } from '@mmulab/testkit/vitest'
import callerEnds from '../src/index.ts'

testPolicy(() => callerEnds)
