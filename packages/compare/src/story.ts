/** Stories: a token told again by running its world on the live procedures. */
import { decodeToken, type Event, link, type Replay, replay, type Schedule } from '@mmulab/checker'
import { type Cell, entry } from '@mmulab/core'
import { type ClaimId, LabError, type Variable } from '@mmulab/model'
import { buildNamed, type CellName, parseCell } from './cells.ts'
import type { Lab } from './lab.ts'

/** One move: what happened in it, and the shared state after it. */
export interface Scene {
  readonly task: number
  readonly events: readonly Event[]
  /** Values of the watched variables after the move, in the order of `Story.watch`. */
  readonly state: readonly number[]
}

export interface Story {
  readonly name: CellName
  readonly cell: Cell
  readonly claim: ClaimId
  /** What is not known of the policy's text. */
  readonly partlyKnown: readonly string[]
  readonly tasks: readonly string[]
  /** What tasks did before their first step. */
  readonly opening: readonly Event[]
  readonly scenes: readonly Scene[]
  /** Variables worth showing at each step: page table, drivers, sections. */
  readonly watch: readonly Variable[]
  readonly initial: readonly number[]
  readonly schedule: Pick<Schedule, 'prefix' | 'pointOfNoReturn' | 'loop' | 'stuck' | 'fair'>
  /** How it stands at the end. */
  readonly end: Replay
}

/** What a person wants to see of a world's state. */
export function watchOf(cell: Cell): Variable[] {
  const { mm } = cell.kernel
  return [
    ...mm.virtualPages.map((va) => entry(mm, va)),
    ...mm.pages.refs,
    ...mm.open,
    ...cell.instances.flatMap((d) => d.watch),
  ]
}

/**
 * Tells a token's schedule. @throws LabError TOKEN_DAMAGED, TOKEN_VERSION; TOKEN_WORLD when this version of mmulab
 * builds another world for the same cell
 */
export function tellToken(lab: Lab, text: string): Story {
  const token = decodeToken(text)
  const name = parseCell(token.cell)
  const cell = buildNamed(lab, name)
  const { fingerprint, callbackClasses } = link(cell.world)
  if (fingerprint !== token.fingerprint)
    throw new LabError({
      code: 'TOKEN_WORLD',
      kind: 'usage',
      message: `The token was made for another version of this cell (${token.fingerprint}; here it is ${fingerprint}).`,
      where: token.cell,
      hint: `Make it anew: mmulab check --policy ${name.policy} --drivers ${name.drivers.join('+')} --scenario ${name.scenario}`,
    })
  const world = replay(cell.world, { callbackClasses })
  const watch = watchOf(cell)
  const look = (): number[] => watch.map((v) => world.read(v))
  const opening = [...world.events]
  const initial = look()
  let choices = 0
  const scenes = token.tasks.map((task): Scene => {
    const choice = world.at(task)?.kind === 'choose' ? token.choices[choices++] : undefined
    const events = world.step(task, choice)
    return { task, events, state: look() }
  })
  return {
    name,
    cell,
    claim: token.claim as ClaimId,
    partlyKnown: lab.policy(name.policy).partlyKnown,
    tasks: cell.world.tasks.map((t) => t.name),
    opening,
    scenes,
    watch,
    initial,
    schedule: token,
    end: world,
  }
}
