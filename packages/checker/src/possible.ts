/**
 * Which answers can the ops of a task have at all? Asked of procedures as they were recorded, so that what nobody can come to is not
 * unfolded first and folded away afterwards.
 *
 * As in `fold.ts`, the order of steps is ignored, and here also who has called: what is left is a superset of what folding leaves.
 */
import type { Step } from '@mmulab/model'
import type { Assignment } from './automaton.ts'
import { type Folding, foldingWith } from './fold.ts'
import type { Parts } from './parts.ts'
import type { Recorded, Recording } from './record.ts'

/** A task as it was recorded. */
export interface Root {
  readonly recording: Recording
  /** What it does in a step. */
  readonly partsOf: (step: Step) => Parts
  /** Which answers its steps can have; undefined where any can be. */
  readonly possible: (step: Step) => readonly number[] | undefined
}

/** The same tasks, folded as far as can be told without unfolding them. */
export function foldRoots(roots: readonly Root[]): readonly Root[] {
  let current = roots
  for (let before = Number.POSITIVE_INFINITY; ; ) {
    const reached = current.map(reach)
    const met = reached.reduce((n, r) => n + r.nodes, 0)
    const parts = current.flatMap(({ partsOf }, i) => [...(reached[i]?.steps ?? [])].map(partsOf))
    const folding = foldingWith(new Set(parts.flatMap((p): readonly Assignment[] => p.assign)))
    const stable = met === before && parts.every((p) => folding.parts(p) === p)
    if (stable) return current
    before = met
    current = current.map((root) => foldRoot(root, folding))
  }
}

function foldRoot(root: Root, folding: Folding): Root {
  const made = new Map<Step, Parts>()
  const partsOf = (step: Step): Parts => {
    let parts = made.get(step)
    if (!parts) {
      parts = folding.parts(root.partsOf(step))
      made.set(step, parts)
    }
    return parts
  }
  return { ...root, partsOf, possible: (step) => folding.answers(partsOf(step).answer) }
}

/** What can be come to in a procedure, whoever has called it. */
interface Part {
  readonly of: Recording
  readonly seen: Set<Recorded>
  /** Values that it returns. */
  readonly returns: Set<string>
  /** Those who go on with each of them: callers, and whoever has jumped here. */
  readonly hear: ((value: string) => void)[]
}

function reach({ recording, possible }: Root): { nodes: number; steps: Set<Step> } {
  const parts = new Map<Recording, Part>()
  const steps = new Set<Step>()
  const todo: [Part, Recorded][] = []
  let nodes = 0
  const come = (part: Part, node: Recorded | undefined): void => {
    if (!node || part.seen.has(node)) return
    part.seen.add(node)
    nodes++
    todo.push([part, node])
  }
  const partOf = (of: Recording): Part => {
    let part = parts.get(of)
    if (!part) {
      part = { of, seen: new Set(), returns: new Set(), hear: [] }
      parts.set(of, part)
      come(part, of.root)
    }
    return part
  }
  const say = (part: Part, value: string): void => {
    if (part.returns.has(value)) return
    part.returns.add(value)
    for (const hear of part.hear) hear(value)
  }
  const listen = (part: Part, hear: (value: string) => void): void => {
    part.hear.push(hear)
    for (const value of [...part.returns]) hear(value)
  }
  partOf(recording)
  for (let next = todo.pop(); next; next = todo.pop()) {
    const [part, node] = next
    if (node.kind === 'return') {
      say(part, node.value)
      continue
    }
    const { op } = node
    if (op.kind === 'jump' && node.callee) listen(partOf(node.callee), (value) => say(part, value))
    else if (op.kind === 'call' && node.callee)
      listen(partOf(node.callee), (value) => come(part, node.next.get(value)))
    else if (op.kind === 'step') {
      steps.add(op)
      const answers = possible(op)
      for (const answer of node.answers)
        if (!answers || answers.includes(answer)) come(part, node.next.get(String(answer)))
    } else for (const after of node.next.values()) come(part, after)
  }
  return { nodes, steps }
}
