/** Which era of a driver a kernel shipped. */
import { type Driver, nameOf, type Policy } from '@mmulab/core'

/**
 * Among the eras of one driver the one for a kernel version: the one that it shipped, else the nearest older one, else the oldest.
 * Where no version is asked for, or no era says when it shipped, the one registered last.
 */
export function eraFor(eras: readonly Driver[], version: string | undefined): Driver | undefined {
  const dated = eras
    .filter((d) => d.kernel)
    .sort((a, b) => compareVersions(a.kernel?.since, b.kernel?.since))
  if (version === undefined || !isVersion(version) || dated.length === 0) return eras.at(-1)
  return dated.findLast((d) => compareVersions(d.kernel?.since, version) <= 0) ?? dated[0]
}

/** What to say of drivers that the kernel of a policy never shipped with. */
export function strangers(policy: Policy, drivers: readonly Driver[]): string[] {
  const { version } = policy
  if (!isVersion(version)) return []
  return drivers.flatMap((d) => {
    const { kernel } = d
    // What a patch converts is its own pairing.
    if (!kernel || policy.eras[d.name] === d.era) return []
    const shipped =
      compareVersions(kernel.since, version) <= 0 && compareVersions(version, kernel.until) <= 0
    return shipped ? [] : [`${nameOf(d)} with kernel ${version}: a pairing that never shipped`]
  })
}

const isVersion = (version: string): boolean => /^\d+\.\d+$/.test(version)

function compareVersions(a = '', b = ''): number {
  const [x = 0, y = 0] = a.split('.').map(Number)
  const [v = 0, w = 0] = b.split('.').map(Number)
  return x - v || y - w
}
