/** Two sections over the same pages in two tasks: nothing orders their ends. */
import {
  closeSection,
  defineScenario,
  type Kernel,
  openSection,
  range,
  type Scenario,
  tlbFinish,
  zapPages,
  zapProcedure,
} from '@mmulab/core'
import {
  and,
  atomically,
  type Body,
  downRead,
  eq,
  ne,
  type Procedure,
  procedure,
  SELF,
  task,
  upRead,
  type Variable,
  variable,
  when,
} from '@mmulab/model'
import { firstVma, unmapped } from './common.ts'
import { bounds } from './sizes.ts'

interface Order {
  /** Who had a section open first, and who was the first to end one; task numbers. */
  readonly begun: Variable
  readonly ended: Variable
}

const noteFirst = (v: Variable, label: string): Body<number> =>
  atomically({ assign: [[v, when(eq(v, 0), SELF, v)]], label })

/** mm/memory.c:zap_page_range, as two threads call it on the same range; it notes who was first. */
function zapPageRange(kernel: Kernel, order: Order): Procedure<[readonly number[]], void> {
  const { mm } = kernel
  const zap = zapProcedure(mm, false)
  return procedure('zap_page_range', 'mm/memory.c:zap_page_range', function* (pages) {
    yield* downRead(mm.mmapLock)
    const r = range('CLEAR', pages, { blockable: true })
    yield* openSection(kernel, r)
    yield* noteFirst(order.begun, 'note whose section is open first')
    const pending = yield* zapPages(zap, pages)
    yield* closeSection(kernel, r)
    yield* noteFirst(order.ended, 'note whose section is over first')
    yield* tlbFinish(mm, pending)
    yield* upRead(mm.mmapLock)
  })
}

export const overlap: Scenario = defineScenario({
  name: 'overlap',
  title: 'two sections over the same pages overlap and end in either order',
  sizes: {
    small: bounds({ sections: 2 }),
    medium: bounds({ pagesPerVma: 2, sections: 2 }),
    large: bounds({ pagesPerVma: 2, sections: 2, faults: 2 }),
  },
  needs: [],
  build: (stage) => {
    const { kernel } = stage
    const order: Order = {
      begun: variable('first open', { max: 2 }),
      ended: variable('first over', { max: 2 }),
    }
    const zap = zapPageRange(kernel, order)
    const vma = firstVma(stage)
    return {
      tasks: [
        task('zap0', zap, [vma.pages]),
        task('zap1', zap, [vma.pages]),
        ...stage.tasks('fault'),
      ],
      sometimes: [
        unmapped(stage),
        {
          name: 'the section that was open first is over last',
          when: and(ne(order.begun, 0), ne(order.ended, 0), ne(order.begun, order.ended)),
        },
      ],
    }
  },
})
