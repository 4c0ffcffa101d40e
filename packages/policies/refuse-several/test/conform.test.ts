import { testPolicy } from '@mmulab/testkit/vitest'
import refuseSeveral from '../src/index.ts'

testPolicy(() => refuseSeveral)
