import { testPolicy } from '@mmulab/testkit/vitest'
import endForAll from '../src/index.ts'

testPolicy(() => endForAll, {
  skip: {
    'warns-of-refusers-with-end': 'a refuser is told of the end like all others',
  },
})
