import { testPolicy } from '@mmulab/testkit/vitest'
import undoByAddress from '../src/index.ts'

testPolicy(() => undoByAddress, {
  skip: {
    'warns-of-refusers-with-end': 'a refuser is not undone: its end operation is no harm',
    'newest-first': 'its notifiers are sorted by address',
  },
})
