import { testPolicy } from '@mmulab/testkit/vitest'
import unwindOnFail from '../src/index.ts'

testPolicy(() => unwindOnFail)
