import { testPolicy } from '@mmulab/testkit/vitest'
import stopAtRefusal from '../src/index.ts'

testPolicy(() => stopAtRefusal)
