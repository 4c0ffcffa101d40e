/**
 * Which of the procedures on a task's stack get a heading. A procedure gets one when something is told in it: of a chain
 * of calls with nothing in between the first and the last stand for all, and what is no function of the kernel gets none.
 */
import type { Procedure } from '@mmulab/model'

interface Frame {
  readonly procedure: Procedure<never[], unknown>
  /** Entered by a jump from itself. */
  readonly again: boolean
  heading: 'pending' | 'shown' | 'skipped' | 'never'
}

interface Heading {
  readonly depth: number
  readonly text: string
}

export interface Stack {
  enter(procedure: Procedure<never[], unknown>, depth: number): void
  /** The depth at which a return is told, or undefined where the procedure has no heading. */
  leave(): number | undefined
  /** Headings that are due before something is told here. */
  headings(): Heading[]
  /** How far to indent what is told here. */
  depth(): number
}

/** `virt/kvm/kvm_main.c:kvm_mmu_notifier_invalidate_range_start`. */
const isKernelFunction = (source: string): boolean => /^[\w/.-]+\.[chS]:\w+/.test(source)

/** `landmarks` are never skipped. */
export function createStack(landmarks: ReadonlySet<unknown>): Stack {
  const frames: Frame[] = []
  const shown = (): number => frames.filter((f) => f.heading === 'shown').length

  return {
    enter(procedure, depth) {
      // A frame that is still there was left by a jump.
      const left = frames[depth]
      frames.length = Math.min(frames.length, depth)
      const { at } = procedure.source
      // A part of the enclosing function that stands for itself only in the model.
      const inlined = frames.at(-1)?.procedure.source.at === at
      frames.push({
        procedure,
        again: left?.procedure === procedure && left.heading === 'shown',
        heading: isKernelFunction(at) && !inlined ? 'pending' : 'never',
      })
    },
    leave() {
      const frame = frames.at(-1)
      const depth = frame?.heading === 'shown' ? shown() : undefined
      frames.pop()
      return depth
    },
    headings() {
      const innermost = frames.at(-1)
      if (innermost?.heading === 'skipped') innermost.heading = 'pending'
      const due = frames.filter((f) => f.heading === 'pending')
      const out: Heading[] = []
      for (const [i, frame] of due.entries()) {
        if (i > 0 && i < due.length - 1 && !landmarks.has(frame.procedure)) {
          frame.heading = 'skipped'
          continue
        }
        const above = frames.slice(0, frames.indexOf(frame)).filter((f) => f.heading === 'shown')
        frame.heading = 'shown'
        out.push({
          depth: above.length,
          text: `${frame.procedure.name}()${frame.again ? ' again' : ''}`,
        })
      }
      return out
    },
    depth: shown,
  }
}
