/** Commands to type next, as they would be typed. */
import type { CellName } from '@mmulab/compare'

export const checkCommand = (n: CellName): string =>
  `mmulab check --policy ${n.policy} --drivers ${n.drivers.join('+')} --scenario ${n.scenario}${n.size === 'small' ? '' : ` --size ${n.size}`}`

export const replayCommand = (token: string, against?: string): string =>
  `mmulab replay ${token}${against ? ` --against ${against}` : ''}`
