/** The lab of the command line: the plugins that ship with mmulab. */
import { createLab, type Lab } from '@mmulab/compare'
import { standard } from '@mmulab/standard'

export const shippedLab = (): Lab => createLab(standard)
