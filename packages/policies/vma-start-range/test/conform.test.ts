import { testPolicy } from '@mmulab/testkit/vitest'
import vmaStartRange from '../src/index.ts'

testPolicy(() => vmaStartRange)
