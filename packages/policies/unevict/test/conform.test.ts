import { testPolicy } from '@mmulab/testkit/vitest'
import unevict from '../src/index.ts'

testPolicy(() => unevict)
