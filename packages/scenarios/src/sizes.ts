/** Bounds with the usual values for whatever a scenario does not care about. */
import type { Bounds } from '@mmulab/core'

export const bounds = (b: Partial<Bounds> & Pick<Bounds, 'sections'>): Bounds => ({
  vmas: 1,
  pagesPerVma: 1,
  sparePages: 0,
  reapAttempts: 1,
  shortages: 0,
  faults: 1,
  ...b,
})
