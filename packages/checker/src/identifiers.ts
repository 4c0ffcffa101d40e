/** Names for the languages that worlds are exported to: letters, digits and underscores, and still those of the model. */
import type { Variable } from '@mmulab/model'
import type { Linked, Node } from './automaton.ts'

export interface Identifiers {
  /** Whether it can change at all; one that cannot is a number, and nothing needs to be assigned to it. */
  changes(v: Variable): boolean
  /** `kvm.mmu_notifier_count` as kvm_mmu_notifier_count. */
  variable(v: Variable): string
  task(index: number): string
  /** `oom_reaper_12_down_read_trylock_mm_mmap_lock`: task, number of the node, op. */
  node(task: number, node: number): string
}

/** No identifier is longer than what still reads as one. */
const LONGEST = 48

/**
 * An underscore keeps a name clear of the words of a language, none of which has one in it; `reserved` are those that this export
 * needs for itself.
 */
export function identifiers(linked: Linked, reserved: readonly string[]): Identifiers {
  const taken = new Set(reserved)
  const distinct = (text: string): string => {
    const stem = text.includes('_') ? text : `${text}_`
    let name = stem
    for (let n = 2; taken.has(name); n++) name = `${stem}_${n}`
    taken.add(name)
    return name
  }
  const variables = new Map(
    linked.variables.map(({ variable: v }) => [v, distinct(slug(v.name))] as const),
  )
  const tasks = linked.automata.map((a) => distinct(slug(a.name)))
  const nodes = linked.automata.map((a, t) =>
    a.nodes.map((n, i) => distinct(`${tasks[t]?.replace(/_$/, '')}_${i}_${slug(opOf(n))}`)),
  )
  return {
    changes: (v) => variables.has(v),
    variable: (v) => variables.get(v) ?? String(v.init),
    task: (index) => tasks[index] ?? '',
    node: (task, node) => nodes[task]?.[node] ?? '',
  }
}

const opOf = (n: Node): string => (n.kind === 'end' ? 'finished' : n.label)

function slug(text: string): string {
  const words = text.replace(/[^A-Za-z0-9]+/g, '_').replace(/^_+|_+$/g, '')
  const short = words.slice(0, LONGEST).replace(/_+$/, '')
  return /^[A-Za-z]/.test(short) ? short : `x_${short}`
}

/** Where a node comes from: the stack of procedures, the op, and the kernel's source of it. */
export function originOf(n: Node): string {
  const way = [...n.stack, n.kind === 'end' ? 'finished' : n.label].join(' > ')
  return n.source === '' ? way : `${way}  [${n.source}]`
}
