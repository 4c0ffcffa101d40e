/** Tiny scenarios of the kit's own, for what the standard ones do not ask. */
import {
  type Bounds,
  defineScenario,
  dontneedProcedure,
  exitMmapProcedure,
  kswapdProcedure,
  type Scenario,
  type Sizes,
  type Stage,
} from '@mmulab/core'
import {
  all,
  any,
  call,
  eq,
  flag,
  type Goal,
  plus,
  procedure,
  store,
  sum,
  type TaskSpec,
  task,
  waitUntil,
} from '@mmulab/model'

const bounds = (b: Partial<Bounds>): Bounds => ({
  vmas: 1,
  pagesPerVma: 1,
  sparePages: 0,
  reapAttempts: 1,
  sections: 1,
  shortages: 0,
  faults: 1,
  ...b,
})

const once = (b: Partial<Bounds>): Sizes => ({ small: bounds(b), large: bounds(b) })

const unmapped = (stage: Stage) => ({
  name: 'a page is unmapped',
  when: any(stage.kernel.mm.pte, (pte) => eq(pte, 0)),
})

const madvise = (stage: Stage) => {
  const [vma] = stage.kernel.mm.vmas
  if (!vma) throw new Error('a mm without a VMA')
  return task('madvise', dontneedProcedure(stage.kernel), [vma, vma.pages])
}

/** What a device maps it gives up for a section: then only the mappings of the CPU are left. */
const givenUp = ({ kernel: { mm } }: Stage): Goal => ({
  claim: 'balance',
  holds: all(mm.pages.refs, (refs, i) => eq(refs, sum(0, ...mm.pte.map((pte) => eq(pte, i + 1))))),
  message: 'a page that a section took away is never given up',
})

/** A section of two pages, so that half of it can be forgotten. */
const twoPages: Scenario = defineScenario({
  name: 'kit-two-pages',
  title: 'madvise(MADV_DONTNEED) of two pages that the device maps',
  sizes: once({ pagesPerVma: 2 }),
  needs: [],
  build: (stage) => ({
    tasks: [madvise(stage)],
    sometimes: [unmapped(stage)],
    goals: [givenUp(stage)],
  }),
})

/** One section after another: what counts them goes beyond one. */
const twoSections: Scenario = defineScenario({
  name: 'kit-two-sections',
  title: 'madvise(MADV_DONTNEED) twice, one after the other',
  sizes: once({ sections: 2 }),
  needs: [],
  build: (stage) => {
    const [vma] = stage.kernel.mm.vmas
    const dontneed = dontneedProcedure(stage.kernel)
    const twice = procedure('madvise twice', 'user space', function* () {
      if (!vma) return
      yield* call(dontneed, vma, vma.pages)
      yield* call(dontneed, vma, vma.pages)
    })
    return {
      tasks: [task('madvise', twice, [])],
      sometimes: [unmapped(stage)],
      goals: [givenUp(stage)],
    }
  },
})

/** Every reference belongs to a mapping of the CPU or is a pin. */
const noReferenceLeft = ({ kernel: { mm } }: Stage): Goal => ({
  claim: 'balance',
  holds: all(mm.pages.refs, (refs, i) =>
    eq(refs, plus(mm.pages.pins[i] ?? 0, sum(...mm.pte.map((pte) => eq(pte, i + 1))))),
  ),
  message: 'a reference to a page is never given back',
})

/** A device that has to be set up is, before it faults. */
function setUpThenFault(stage: Stage): TaskSpec[] {
  const offers = stage.offers('register')
  if (offers.length === 0) return stage.tasks('fault')
  const ready = flag('set up')
  const setUp = procedure('set_up', 'user space', function* () {
    for (const { run } of offers) yield* call(run, 0)
    yield* store(ready, 1)
  })
  const after = procedure('wait for the device', 'user space', function* () {
    yield* waitUntil(eq(ready, 1), 'the device to be set up')
  })
  return [task('set_up', setUp, []), ...stage.tasks('fault', { after })]
}

/** Devices that start empty, beside a section. */
const coldStart: Scenario = defineScenario({
  name: 'kit-cold-start',
  title: 'devices that start empty are set up and fault while a page is reclaimed',
  sizes: once({}),
  needs: ['fault', 'register'],
  cold: ['fault', 'register'],
  build: (stage) => ({
    tasks: [task('kswapd', kswapdProcedure(stage.kernel), []), ...setUpThenFault(stage)],
    sometimes: [unmapped(stage)],
    goals: [noReferenceLeft(stage)],
  }),
})

/** A device is set up, and nothing else happens. */
const setUp: Scenario = defineScenario({
  name: 'kit-set-up',
  title: 'a device that starts empty is set up, and nothing else happens',
  sizes: once({ sections: 0 }),
  needs: ['register'],
  cold: ['fault', 'register'],
  build: (stage) => ({ tasks: stage.tasks('register'), sometimes: [] }),
})

/** A device is set up beside a section that holds mmap_lock. */
const setUpBesideSection: Scenario = defineScenario({
  name: 'kit-set-up-beside-section',
  title: 'devices that start empty are set up while madvise(MADV_DONTNEED) takes a page away',
  sizes: once({ sparePages: 1 }),
  needs: ['register'],
  cold: ['fault', 'register'],
  build: (stage) => ({
    tasks: [madvise(stage), ...stage.tasks('register')],
    sometimes: [unmapped(stage)],
  }),
})

/** What a device works with is taken away and set up anew while it faults. */
const setUpBesideFault: Scenario = defineScenario({
  name: 'kit-set-up-beside-fault',
  title: 'devices that are in use are set up anew while they fault',
  sizes: once({ sections: 0 }),
  needs: ['register'],
  build: (stage) => ({
    tasks: [...stage.tasks('register'), ...stage.tasks('fault')],
    sometimes: [],
  }),
})

/** Pages are pinned while the CPU takes one away: what was pinned in between must be dropped again. */
const pinBesideSection: Scenario = defineScenario({
  name: 'kit-pin-beside-section',
  title: 'pages are pinned while madvise(MADV_DONTNEED) takes them away',
  sizes: once({ sparePages: 1 }),
  needs: ['pin'],
  cold: ['pin'],
  build: (stage) => ({
    tasks: [madvise(stage), ...stage.tasks('pin')],
    sometimes: [unmapped(stage)],
  }),
})

/** Pages have been pinned, and what uses them may still run. */
const pinThenSection: Scenario = defineScenario({
  name: 'kit-pin-then-section',
  title: 'pages are pinned, and then madvise(MADV_DONTNEED) takes them away',
  sizes: once({ sparePages: 1 }),
  needs: ['pin'],
  cold: ['pin'],
  build: (stage) => {
    const pinned = flag('pinned')
    const pin = procedure('pin', 'user space', function* () {
      for (const { run } of stage.offers('pin')) yield* call(run, 0)
      yield* store(pinned, 1)
    })
    const [vma] = stage.kernel.mm.vmas
    const dontneed = dontneedProcedure(stage.kernel)
    const after = procedure('after that', 'user space', function* () {
      yield* waitUntil(eq(pinned, 1), 'the pages to be pinned')
      if (vma) yield* call(dontneed, vma, vma.pages)
    })
    return {
      tasks: [task('user', pin, []), task('madvise', after, [])],
      sometimes: [unmapped(stage)],
    }
  },
})

/** A notifier leaves and the mm exits, the one after the other. */
const goes = (name: string, title: string, exitFirst: boolean): Scenario =>
  defineScenario({
    name,
    title,
    sizes: once({ sections: 2 }),
    needs: ['unregister'],
    unregisters: true,
    build: (stage) => {
      const exit = exitMmapProcedure(stage.kernel)
      const leave = procedure('leave', 'user space', function* () {
        for (const { run } of stage.offers('unregister')) yield* call(run, 0)
      })
      const both = procedure(name, 'user space', function* () {
        yield* call(exitFirst ? exit : leave)
        yield* call(exitFirst ? leave : exit)
      })
      return { tasks: [task('last_user', both, [])], sometimes: [unmapped(stage)] }
    },
  })

/** The last user has gone: whoever still has a page has it from the page table of the CPU. */
const nothingKept = (stage: Stage): Goal => ({
  ...givenUp(stage),
  claim: 'memory',
  message: 'the device has left and the mm has exited, and a reference to a page is still held',
})

/** Everything that a device does, one after another, and then it goes. */
const useThenLeave: Scenario = defineScenario({
  name: 'kit-use-then-leave',
  title: 'a device is used, leaves, and the mm exits, while kswapd unmaps a page',
  sizes: once({ sections: 3, sparePages: 1 }),
  needs: ['unregister'],
  unregisters: true,
  build: (stage) => {
    const exit = exitMmapProcedure(stage.kernel)
    const uses = (['fault', 'pin', 'busy', 'unregister'] as const).flatMap((kind) =>
      kind === 'busy' && stage.offers('pin').length > 0 ? [] : stage.offers(kind),
    )
    const all = procedure('use_then_leave', 'user space', function* () {
      for (const { run } of uses) yield* call(run, 0)
      yield* call(exit)
    })
    return {
      tasks: [task('kswapd', kswapdProcedure(stage.kernel), []), task('last_user', all, [])],
      sometimes: [unmapped(stage)],
      goals: [nothingKept(stage)],
    }
  },
})

export const kitScenarios: readonly Scenario[] = [
  useThenLeave,
  twoPages,
  twoSections,
  coldStart,
  setUp,
  setUpBesideSection,
  setUpBesideFault,
  pinBesideSection,
  pinThenSection,
  goes('kit-exit-then-leave', 'a notifier leaves after its mm has exited', true),
  goes('kit-leave-then-exit', 'a notifier leaves, and then the mm exits', false),
]
