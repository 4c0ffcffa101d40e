import { testPolicy } from '@mmulab/testkit/vitest'
import stopAndUnwind from '../src/index.ts'

testPolicy(() => stopAndUnwind, {
  skip: {
    'warns-of-refusers-with-end':
      'it ends only those that said yes: an end operation beside a refusal is no harm',
  },
})
