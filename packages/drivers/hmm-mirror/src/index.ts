/**
 * The HMM mirror through time, one file per era; `device.ts` is the device driver on top of it, `early.ts` what 4.19 and 4.20 have in
 * common. Interval notifiers replaced it in 5.5.
 */
import { type Driver, driverOfEra } from '@mmulab/core'
import { hmmMirror419 } from './era-4.19.ts'
import { hmmMirror420 } from './era-4.20.ts'
import { hmmMirror52 } from './era-5.2.ts'
import { hmmMirror53 } from './era-5.3.ts'

/** All eras, oldest first. */
export const hmmMirrorEras: readonly Driver[] = [
  hmmMirror419,
  hmmMirror420,
  hmmMirror52,
  hmmMirror53,
]

/** One era; 5.3 unless another is asked for. @throws LabError UNKNOWN_ERA */
export default function hmmMirror(options: { readonly era?: string } = {}): Driver {
  return driverOfEra(hmmMirrorEras, options.era ?? '5.3')
}
