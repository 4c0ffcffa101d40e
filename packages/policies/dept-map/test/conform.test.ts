import { testPolicy } from '@mmulab/testkit/vitest'
import deptMap from '../src/index.ts'

testPolicy(() => deptMap)
