import { testPolicy } from '@mmulab/testkit/vitest'
import detachAtOom from '../src/index.ts'

testPolicy(() => detachAtOom)
