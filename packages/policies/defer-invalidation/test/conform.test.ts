import { testPolicy } from '@mmulab/testkit/vitest'
import deferInvalidation from '../src/index.ts'

testPolicy(() => deferInvalidation)
