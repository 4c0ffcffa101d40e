import { testPolicy } from '@mmulab/testkit/vitest'
import intVoidSplit from '../src/index.ts'

testPolicy(() => intVoidSplit, {
  skip: {
    'warns-of-refusals': 'its callbacks for what may be blocked cannot answer anything',
  },
})
