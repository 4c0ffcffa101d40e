/** What is copied is a driver like any other. */
import { testDriver } from '@mmulab/testkit/vitest'
import { describe } from 'vitest'
import { COUNTS } from '../src/files.ts'
import interval from '../template/interval/index.ts'
import list from '../template/list/index.ts'

describe('list', () => {
  testDriver(list, { counts: COUNTS.list })
})

describe('interval', () => {
  testDriver(interval, { counts: COUNTS.interval })
})
