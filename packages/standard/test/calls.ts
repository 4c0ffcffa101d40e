/** What one task does when it runs alone: the labels of its steps, and how often it comes to a choice. */
import { replay } from '@mmulab/checker'
import { buildNamed, type CellName } from '@mmulab/compare'
import { toyLab } from './lab.ts'

/** Runs a task of a cell to its end, always taking the first alternative, or that of this number; answers the labels of its steps. */
export function labelsOf(
  task: string,
  cell: Omit<CellName, 'size' | 'drivers'> & { readonly drivers: string },
  size: CellName['size'] = 'small',
  alternative = 0,
): string[] {
  const { world } = buildNamed(toyLab, { ...cell, drivers: cell.drivers.split('+'), size })
  const index = world.tasks.findIndex((t) => t.name === task)
  if (index < 0)
    throw new Error(`no task ${task} among ${world.tasks.map((t) => t.name).join(', ')}`)
  const live = replay(world)
  const labels: string[] = []
  for (let step = 0; step < 500 && live.enabled(index); step++)
    for (const e of live.step(index, alternative)) if (e.kind === 'step') labels.push(e.op.label)
  return labels
}

/** The labels that contain one of these words, cut down to the word: the order of what matters. */
export const orderOf = (labels: readonly string[], words: readonly string[]): string[] =>
  labels.flatMap((label) => words.filter((w) => label.includes(w)))
