import { testPolicy } from '@mmulab/testkit/vitest'
import rtLocksInNonBlock from '../src/index.ts'

testPolicy(() => rtLocksInNonBlock)
