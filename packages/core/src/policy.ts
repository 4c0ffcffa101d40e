/**
 * Policies: what the notifier core does. A mainline version is a set of procedures; a patch is a function from such a set to
 * another, so patches apply to a base and stack: `mainline@5.4+unwind-on-fail`.
 */
import { LabError } from '@mmulab/model'
import { CONTRACT } from './driver.ts'
import type { Kernel, KernelFacts, NotifierProcedures } from './kernel.ts'

export interface Policy {
  readonly kind: 'policy'
  /** As it was asked for: mainline@5.8+mayfail. */
  readonly name: string
  /** The behaviour it was resolved to: mainline@5.4+mayfail. */
  readonly resolved: string
  /** The kernel version of its base. */
  readonly version: string
  readonly title: string
  readonly facts: KernelFacts
  /** What verdicts under it do not speak of. */
  readonly notCovered: readonly string[]
  /** Drivers that its patches convert: the era to take where none is asked for, by the driver's name. */
  readonly eras: Readonly<Record<string, string>>
  /** What is not known of the texts that it models, one entry for each: every verdict under it says so. */
  readonly partlyKnown: readonly string[]
  /** Its patches, first applied first. */
  readonly patches: readonly string[]
  readonly procedures: (kernel: Kernel) => NotifierProcedures
}

export type PolicyOptions = Omit<
  Policy,
  'kind' | 'resolved' | 'eras' | 'notCovered' | 'partlyKnown' | 'patches'
> &
  Partial<Pick<Policy, 'resolved' | 'eras' | 'notCovered' | 'partlyKnown' | 'patches'>>

/** A policy on its own: one notifier core under one name. */
export const definePolicy = (policy: PolicyOptions): Policy => ({
  resolved: policy.name,
  notCovered: [],
  eras: {},
  partlyKnown: [],
  patches: [],
  ...policy,
  kind: 'policy',
})

/** A family of policies by version, such as mainline. */
export interface PolicyFamily {
  readonly kind: 'policy-family'
  readonly contract: number
  readonly name: string
  readonly title: string
  /** Versions with a behaviour of their own, ascending. */
  readonly versions: readonly string[]
  /** @throws LabError UNKNOWN_VERSION */
  readonly at: (version: string) => Policy
}

export interface Patch {
  readonly kind: 'patch'
  readonly contract: number
  readonly name: string
  /** One sentence: what it changes. */
  readonly title: string
  /** Who proposed it, where, when. */
  readonly source: string
  /** A base it is known to apply to. */
  readonly example: string
  /** What is not known of it, if its text was never written, or not seen: what its model decides for itself. */
  readonly partlyKnown?: string
  /** Drivers that it converts: the era to take where none is asked for, by the driver's name. */
  readonly eras?: Readonly<Record<string, string>>
  /** What verdicts under it cannot speak of. */
  readonly notCovered?: readonly string[]
  /** Why it does not apply to this base, or undefined if it does. */
  readonly refuses: (base: Policy) => string | undefined
  readonly facts?: (base: KernelFacts) => KernelFacts
  /** The procedures it replaces, given those of its base. */
  readonly procedures: (base: NotifierProcedures, kernel: Kernel) => Partial<NotifierProcedures>
}

export function definePolicyFamily(
  family: Omit<PolicyFamily, 'kind' | 'contract'> & { readonly contract?: number },
): PolicyFamily {
  return { contract: CONTRACT, ...family, kind: 'policy-family' }
}

export function definePatch(
  patch: Omit<Patch, 'kind' | 'contract'> & { readonly contract?: number },
): Patch {
  return { contract: CONTRACT, ...patch, kind: 'patch' }
}

/** Applies a patch. @throws LabError PATCH_DOES_NOT_APPLY */
export function applyPatch(base: Policy, patch: Patch): Policy {
  const refusal = patch.refuses(base)
  if (refusal !== undefined)
    throw new LabError({
      code: 'PATCH_DOES_NOT_APPLY',
      kind: 'usage',
      message: `The patch ${patch.name} does not apply to ${base.name}: ${refusal}.`,
      where: `${base.name}+${patch.name}`,
      hint: `It applies to ${patch.example}, for example.`,
    })
  return {
    ...base,
    name: `${base.name}+${patch.name}`,
    resolved: `${base.resolved}+${patch.name}`,
    title: `${base.title}, with ${patch.title}`,
    facts: patch.facts?.(base.facts) ?? base.facts,
    eras: { ...base.eras, ...patch.eras },
    notCovered: [...base.notCovered, ...(patch.notCovered ?? [])],
    partlyKnown: [
      ...base.partlyKnown,
      ...(patch.partlyKnown === undefined ? [] : [`${patch.name}: ${patch.partlyKnown}`]),
    ],
    patches: [...base.patches, patch.name],
    procedures: (kernel) => {
      const below = base.procedures(kernel)
      return { ...below, ...patch.procedures(below, kernel) }
    },
  }
}
