/** A toy that can be starved: it reads its number twice and wants it to stay the same, while its device never rests. */
import { type Driver, defineDriver } from '@mmulab/core'
import {
  atomically,
  eq,
  jump,
  load,
  type Procedure,
  procedure,
  task,
  variable,
  when,
} from '@mmulab/model'

export const restless: Driver = defineDriver({
  name: 'restless',
  era: 'test',
  title: 'a device that never rests',
  source: '',
  offers: ['busy'],
  pins: false,
  create(host) {
    const seq = variable(`${host.label}.seq`, { max: 1 })
    const bump: Procedure<[], void> = procedure('bump', '', function* () {
      yield* atomically({ assign: [[seq, when(eq(seq, 0), 1, 0)]], label: 'seq++' })
      return yield* jump(bump)
    })
    const look: Procedure<[number], void> = procedure('look_twice', '', function* (va: number) {
      const before = yield* load(seq)
      if ((yield* load(seq)) !== before) return yield* jump(look, va)
    })
    return {
      ops: {},
      mapping: () => ({ k: 'num', n: 0 }),
      inFlight: [],
      activities: { busy: { task: 'reader', perPage: false, run: look } },
      daemons: [task(`${host.label}_device`, bump, [], { daemon: true })],
      watch: [seq],
    }
  },
})
