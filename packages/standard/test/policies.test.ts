/** What ships keeps what the kit asks: here what the kit itself is made with; each of the others in its own package. */
import mainline from '@mmulab/policy-mainline'
import unwindIntervals from '@mmulab/policy-unwind-intervals'
import { testPolicy } from '@mmulab/testkit/vitest'
import { describe } from 'vitest'

describe('mainline', () => testPolicy(() => mainline))
describe('unwind-intervals', () => testPolicy(() => unwindIntervals))
