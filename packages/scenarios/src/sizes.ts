/** Bounds with the usual values for whatever a scenario does not care about. */
import type { Bounds, Size } from '@mmulab/core'

export const bounds = (b: Partial<Bounds> & Pick<Bounds, 'sections'>): Bounds => ({
  vmas: 1,
  pagesPerVma: 1,
  sparePages: 0,
  reapAttempts: 1,
  shortages: 0,
  faults: 1,
  ...b,
})

/** Of a path whose tasks open one section each, and of which there may be several. */
export const ONE_SECTION_EACH: Readonly<Record<Size, Bounds>> = {
  small: bounds({ sections: 1 }),
  medium: bounds({ pagesPerVma: 2, sections: 1 }),
  large: bounds({ pagesPerVma: 2, sections: 2, faults: 2 }),
}
