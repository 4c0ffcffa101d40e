/** The lab: the plugins at hand, and how their names are resolved. */
import {
  applyPatch,
  type Driver,
  type Patch,
  type Policy,
  type PolicyFamily,
  type Scenario,
} from '@mmulab/core'
import { LabError, nearest } from '@mmulab/model'
import { eraFor } from './eras.ts'

export interface Plugins {
  readonly families: readonly PolicyFamily[]
  /** Policies on their own, beside the families. */
  readonly policies?: readonly Policy[]
  readonly patches: readonly Patch[]
  readonly drivers: readonly Driver[]
  readonly scenarios: readonly Scenario[]
  /** Found by name like those, and no part of what is run where none is named. */
  readonly furtherScenarios?: readonly Scenario[]
}

/** What of a policy says which era of a driver goes with it. */
export type KernelOf = Pick<Policy, 'version' | 'eras'>

export interface Lab extends Plugins {
  /** `mainline@5.4+unwind-on-fail`: a version of a family, with patches applied in order. */
  policy(name: string): Policy
  /**
   * `kvm@5.11`; or `kvm`, which is the era that the kernel shipped, or that a patch to it converts the driver to; `i915-userptr~unpinned` and `kvm@5.15~unguarded`
   * for variants.
   */
  driver(name: string, kernel?: string | KernelOf): Driver
  /** `kvm+i915-userptr`, in the order of registration. */
  driverSet(spec: string, kernel?: string | KernelOf): Driver[]
  scenario(name: string): Scenario
}

/** @throws LabError DUPLICATE_PLUGIN when two plugins of one kind have the same name */
export function createLab(plugins: Plugins): Lab {
  distinct('policy family', plugins.families)
  distinct('policy', plugins.policies ?? [])
  distinct('patch', plugins.patches)
  const allScenarios = [...plugins.scenarios, ...(plugins.furtherScenarios ?? [])]
  distinct('scenario', allScenarios)
  distinct(
    'driver',
    plugins.drivers.map((d) => ({ name: `${d.name}@${d.era}` })),
  )

  const policy = (name: string): Policy => {
    const [base = '', ...patches] = name.split('+')
    return patches.reduce(
      (p, patch) => applyPatch(p, patchNamed(plugins, patch)),
      baseNamed(plugins, base),
    )
  }

  const driver = (name: string, kernel?: string | KernelOf): Driver => {
    const [, stem = '', asked, variant] = /^([^@~]+)(?:@([^~]+))?(?:~(.+))?$/.exec(name) ?? []
    const version = typeof kernel === 'object' ? kernel.version : kernel
    const era = asked ?? (typeof kernel === 'object' ? kernel.eras[stem] : undefined)
    const named = plugins.drivers.filter((d) => d.name === stem)
    if (named.length === 0)
      throw unknown(
        'driver',
        name,
        plugins.drivers.flatMap((d, i, all) =>
          all.findIndex((e) => e.name === d.name) === i ? [d.name] : [],
        ),
      )
    const fits =
      variant === undefined || era !== undefined
        ? named
        : named.filter((d) => d.variants[variant] !== undefined)
    const found =
      era === undefined
        ? eraFor(fits.length > 0 ? fits : named, version)
        : named.find((d) => d.era === era)
    if (!found)
      throw unknown(
        `era of ${stem}`,
        name,
        named.map((d) => `${d.name}@${d.era}`),
      )
    if (variant === undefined) return found
    const twin = found.variants[variant]
    if (!twin)
      throw unknown(
        `variant of ${stem}`,
        name,
        named.flatMap((d) => Object.keys(d.variants)).map((v) => `${stem}~${v}`),
      )
    return twin
  }

  return {
    ...plugins,
    policy,
    driver,
    driverSet: (spec, kernel) => spec.split('+').map((name) => driver(name, kernel)),
    scenario(name) {
      const found = allScenarios.find((s) => s.name === name)
      if (!found)
        throw unknown(
          'scenario',
          name,
          allScenarios.map((s) => s.name),
        )
      return found
    },
  }
}

/** @throws LabError UNKNOWN_POLICY, VERSION_MISSING, UNKNOWN_VERSION */
function baseNamed({ families, policies = [], patches }: Plugins, name: string): Policy {
  const single = policies.find((p) => p.name === name)
  if (single) return single
  const [familyName, version] = name.split('@')
  const family = families.find((f) => f.name === familyName)
  const versions = families.flatMap((f) => f.versions.map((v) => `${f.name}@${v}`))
  const patched = patches.map((p) => `${p.example}+${p.name}`)
  if (!family)
    throw unknown('policy', name, [...policies.map((p) => p.name), ...versions, ...patched])
  if (version !== undefined) return family.at(version)
  throw new LabError({
    code: 'VERSION_MISSING',
    kind: 'usage',
    message: `The policy ${name} does not say which version it means.`,
    known: family.versions.map((v) => `${family.name}@${v}`),
    hint: `For example --policy ${family.name}@${family.versions.at(-1)}`,
  })
}

/** @throws LabError UNKNOWN_PATCH */
function patchNamed({ patches }: Plugins, name: string): Patch {
  const names = patches.map((p) => p.name)
  const patch = patches.find((p) => p.name === name)
  if (!patch) throw unknown('patch', name, names)
  return patch
}

function distinct(kind: string, list: readonly { readonly name: string }[]): void {
  const seen = new Set<string>()
  for (const { name } of list) {
    if (seen.has(name))
      throw new LabError({
        code: 'DUPLICATE_PLUGIN',
        kind: 'plugin',
        message: `There are two plugins for the ${kind} ${name}.`,
        where: name,
        hint: 'Leave one of them out of the configuration.',
      })
    seen.add(name)
  }
}

/** `kind` begins with what is unknown; `list` is where `mmulab list` shows it. */
function unknown(
  kind: string,
  name: string,
  known: readonly string[],
  list: 'policies' | 'drivers' | 'scenarios' = kind === 'scenario'
    ? 'scenarios'
    : kind === 'policy' || kind === 'patch'
      ? 'policies'
      : 'drivers',
): LabError {
  const near = nearest(name, known)
  return new LabError({
    code: `UNKNOWN_${(kind.split(' ')[0] ?? kind).toUpperCase()}`,
    kind: 'usage',
    message: `There is no ${kind} called ${name}.${near[0] ? ` Did you mean ${near[0]}?` : ''}`,
    known: [...near, ...known.filter((k) => !near.includes(k))],
    hint: `mmulab list ${list} shows all of them.`,
  })
}
