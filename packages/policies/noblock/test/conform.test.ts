import { testPolicy } from '@mmulab/testkit/vitest'
import noblock from '../src/index.ts'

testPolicy(() => noblock)
