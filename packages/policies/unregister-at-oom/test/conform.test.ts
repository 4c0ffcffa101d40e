import { testPolicy } from '@mmulab/testkit/vitest'
import unregisterAtOom from '../src/index.ts'

testPolicy(() => unregisterAtOom)
