/** All mutants of a driver. */
import { type Driver, type DriverInstance, nameOf } from '@mmulab/core'
import { type Observed, observe } from '../discipline.ts'
import type { KitOptions } from '../kit.ts'
import * as operators from './operators.ts'
import type { Survey } from './survey.ts'
import { wrapDriver } from './wrap.ts'

export interface Mutant {
  /** `kvm@5.11/kvm_mmu_notifier_invalidate_range_end: drop "kvm.mmu_notifier_seq++"`. */
  readonly name: string
  readonly operator: string
  readonly driver: Driver
  readonly mutation: operators.Mutation
}

export interface Mutants {
  readonly observed: Observed
  readonly list: readonly Mutant[]
}

/** What the mm does on a driver's behalf is not the driver's to forget. */
const KERNEL = /^mm\/(gup|memory|vmscan|rmap|mmu_notifier)\.c/

/** Nor are the lines of RCU and of workqueues. */
const KERNEL_OWN = /^kernel\//

export function mutantsOf(driver: Driver, options: KitOptions = {}): Mutants {
  const observed = observe(driver, options)
  const { instance, virtualPages } = observed
  const survey: Survey = {
    ...observed.whole,
    sites: observed.whole.sites.filter(
      (s) => !KERNEL_OWN.test(observed.whole.sourceOf(s.procedure)),
    ),
  }
  // What user space does after one of its calls is not the driver's to forget either.
  const entries = Object.values(instance?.activities ?? {}).map((a) => a.run.name)
  const isEntry = (procedure: string): boolean => entries.includes(procedure)
  const mutations = [
    ...operators.dropped<DriverInstance>(survey),
    ...operators.uncalled<DriverInstance>(
      survey,
      (callee, caller) =>
        !KERNEL.test(callee.source.at) && !(isEntry(callee.name) && isEntry(caller)),
    ),
    ...operators.kept<DriverInstance>(survey),
    ...operators.unlocked<DriverInstance>(survey),
    ...operators.trylocks<DriverInstance>(survey),
    ...operators.forced<DriverInstance>(survey),
    ...operators.swaps<DriverInstance>(survey),
    ...(instance ? operators.callbacks(instance) : []),
    ...(instance ? operators.zapInEnd(survey, instance, virtualPages) : []),
  ]
  const list = mutations.map((mutation) => ({
    name: `${nameOf(driver)}/${mutation.name}`,
    operator: mutation.operator,
    driver: wrapDriver(driver, mutation.hook),
    mutation,
  }))
  return { observed, list }
}
