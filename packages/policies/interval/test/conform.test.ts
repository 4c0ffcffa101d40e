import { testPolicy } from '@mmulab/testkit/vitest'
import interval from '../src/index.ts'

testPolicy(() => interval)
