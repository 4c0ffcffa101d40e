import { testPolicy } from '@mmulab/testkit/vitest'
import rawMnLock from '../src/index.ts'

testPolicy(() => rawMnLock)
