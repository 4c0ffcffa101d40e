/** Small worlds told by hand: no plugin, no search, only the modelling language and a schedule. */
import { replay } from '@mmulab/checker'
import type { Scene, Story } from '@mmulab/compare'
import type { Cell } from '@mmulab/core'
import {
  add,
  atomically,
  type ClaimId,
  call,
  eq,
  type Invariant,
  jump,
  load,
  mark,
  mutex,
  mutexLock,
  mutexTrylock,
  mutexUnlock,
  ne,
  or,
  type Procedure,
  procedure,
  read,
  spinLock,
  spinlock,
  spinUnlock,
  type TaskSpec,
  task,
  type Variable,
  variable,
  type World,
  waitUntil,
  when,
} from '@mmulab/model'

const worldOf = (tasks: readonly TaskSpec[], invariants: readonly Invariant[] = []): World => ({
  name: 'hand-made',
  tasks,
  invariants,
  sometimes: [],
  measures: [],
  notClaimed: {},
})

interface Told {
  readonly claim: ClaimId
  /** Task and, for a choice, its alternative. */
  readonly moves: readonly (readonly [number, number?])[]
  readonly schedule: Story['schedule']
  /** Bookkeeping. */
  readonly open?: readonly Variable[]
}

function storyOf(world: World, { claim, moves, schedule, open = [] }: Told): Story {
  const end = replay(world)
  const opening = [...end.events]
  const scenes = moves.map(
    ([who, choice]): Scene => ({ task: who, events: end.step(who, choice), state: [] }),
  )
  const kernel = { mm: { open }, srcu: { readers: [] }, procs: {} }
  return {
    name: { policy: 'mainline@5.4', drivers: ['a', 'b'], scenario: 'tiny', size: 'small' },
    cell: { world, kernel } as unknown as Cell,
    claim,
    partlyKnown: [],
    tasks: world.tasks.map((t) => t.name),
    opening,
    scenes,
    watch: [],
    initial: [],
    schedule,
    end,
  }
}

const times = (n: number, who: number): [number][] => Array.from({ length: n }, () => [who])

/** A section is refused by `b` after `a` has counted it, and a vCPU retries for ever. */
function lostEnd(): World {
  const lock = spinlock('a.lock')
  const busy = mutex('b.mutex')
  const count = variable('a.count', { max: 2 })
  const sections = variable('sections', { max: 1 })
  const startA = procedure('a_start', 'drivers/a.c:a_start', function* () {
    yield* spinLock(lock)
    yield* add(count, 1)
    yield* spinUnlock(lock)
    return 0
  })
  const startB = procedure('b_start', 'drivers/b.c:b_start', function* () {
    if (!(yield* mutexTrylock(busy))) return -11
    yield* mutexUnlock(busy)
    return 0
  })
  const bookkeep = (value: number) =>
    atomically({ assign: [[sections, value]], label: 'section begins or ends' })
  const reap = procedure('reap', 'mm/reap.c:reap', function* () {
    yield* bookkeep(1)
    yield* call(startA)
    const refused = yield* call(startB)
    if (refused) yield* mark('a section is refused')
    yield* bookkeep(0)
  })
  const hold = procedure('hold', 'drivers/b.c:hold', function* () {
    yield* mutexLock(busy)
    yield* waitUntil(eq(count, 1), 'somebody counts')
    yield* mutexUnlock(busy)
  })
  const fault: Procedure<[], void> = procedure('fault', 'drivers/a.c:fault', function* () {
    if (yield* read(ne(count, 0), 'retry()')) return yield* jump(fault)
  })
  return worldOf(
    [task('reaper', reap, []), task('holder', hold, []), task('vcpu0', fault, [])],
    [
      {
        claim: 'balance',
        holds: or(ne(sections, 0), eq(count, 0)),
        message: 'a.count is not back to 0',
      },
    ],
  )
}

/** The section variable of `lostEnd`. */
const sectionsOf = (world: World): Variable[] => {
  const end = replay(world)
  const [event] = end.step(0)
  return event?.kind === 'step' ? event.changes.map((c) => c.variable) : []
}

export const balanceStory = (): Story => {
  const world = lostEnd()
  return storyOf(world, {
    claim: 'balance',
    moves: [...times(1, 1), ...times(6, 0)],
    schedule: { prefix: 7 },
    open: sectionsOf(world),
  })
}

export const progressStory = (): Story => {
  const world = lostEnd()
  return storyOf(world, {
    claim: 'progress',
    moves: [...times(1, 1), ...times(6, 0), ...times(2, 1), ...times(1, 2)],
    schedule: { prefix: 4, pointOfNoReturn: 3, loop: 9, stuck: 2 },
    open: sectionsOf(world),
  })
}

/** Two locks in two orders. */
function crossedLocks(): World {
  const [a, b] = [mutex('a.lock'), mutex('b.lock')]
  const both = (name: string, first: typeof a, second: typeof a) =>
    procedure(name, `drivers/${name}.c:${name}`, function* () {
      yield* mutexLock(first)
      yield* mutexLock(second)
      yield* mutexUnlock(second)
      yield* mutexUnlock(first)
    })
  return worldOf([task('one', both('up', a, b), []), task('two', both('down', b, a), [])])
}

export const deadlockStory = (): Story =>
  storyOf(crossedLocks(), {
    claim: 'deadlock',
    moves: [[0], [1]],
    schedule: { prefix: 2, pointOfNoReturn: 1, stuck: 0 },
  })

/** A flusher that never rests, and a vCPU that wants to see the same number twice. */
export function starvationStory(): Story {
  const seq = variable('seq', { max: 1 })
  const flush: Procedure<[], void> = procedure('flush', 'mm/a.c:flush', function* () {
    yield* atomically({ assign: [[seq, when(eq(seq, 0), 1, 0)]], label: 'seq++' })
    return yield* jump(flush)
  })
  const fault: Procedure<[], void> = procedure('fault', 'drivers/a.c:fault', function* () {
    const before = yield* load(seq)
    if ((yield* load(seq)) !== before) return yield* jump(fault)
  })
  return storyOf(
    worldOf([task('flusher', flush, [], { daemon: true }), task('vcpu0', fault, [])]),
    {
      claim: 'progress',
      moves: [[1], [0], [1], [0]],
      schedule: { prefix: 0, loop: 0, stuck: 1, fair: true },
    },
  )
}

/** As many tasks as asked for, each taking one step after the other. */
export function crowd(tasks: number): Story {
  const counter = variable('counter', { max: 20 })
  const step = procedure(
    'a_rather_long_function_name',
    'mm/a.c:a_rather_long_function_name',
    function* () {
      yield* add(counter, 1)
    },
  )
  const world = worldOf(Array.from({ length: tasks }, (_, i) => task(`worker${i}`, step, [])))
  return storyOf(world, {
    claim: 'warn',
    moves: Array.from({ length: tasks }, (_, i) => [i] as const),
    schedule: { prefix: tasks },
  })
}
