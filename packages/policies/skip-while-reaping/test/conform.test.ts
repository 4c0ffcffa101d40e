import { testPolicy } from '@mmulab/testkit/vitest'
import skipWhileReaping from '../src/index.ts'

testPolicy(() => skipWhileReaping)
