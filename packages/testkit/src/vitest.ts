/** For vitest: `testDriver(kvm)`, `testPolicy(() => mainline)` in a test file is all. */
import type { Driver } from '@mmulab/core'
import { it } from 'vitest'
import {
  testDriver as bindDriver,
  testMutants as bindMutants,
  testPolicy as bindPolicy,
  testPolicyMutants as bindPolicyMutants,
  type TestDriverOptions,
  type TestMutantsOptions,
  type TestPolicyMutantsOptions,
  type TestPolicyOptions,
} from './bind.ts'
import type { Subject } from './policy.ts'

export type { Counts } from './counts.ts'

type WithDefault<T extends { it: unknown }> = Omit<T, 'it'> & Partial<Pick<T, 'it'>>

export function testDriver(
  factory: () => Driver,
  options: WithDefault<TestDriverOptions> = {},
): void {
  bindDriver(factory, { it: (name, run) => it(name, run), ...options })
}

export function testPolicy(
  factory: () => Subject,
  options: WithDefault<TestPolicyOptions> = {},
): void {
  bindPolicy(factory, { it: (name, run) => it(name, run), ...options })
}

export function testMutants(
  factory: () => Driver,
  options: Omit<TestMutantsOptions, 'it'> & Partial<Pick<TestMutantsOptions, 'it'>>,
): void {
  bindMutants(factory, { it: (name, run, timeout) => it(name, run, timeout), ...options })
}

export function testPolicyMutants(
  factory: () => Subject,
  options: Omit<TestPolicyMutantsOptions, 'it'> & Partial<Pick<TestPolicyMutantsOptions, 'it'>>,
): void {
  bindPolicyMutants(factory, { it: (name, run, timeout) => it(name, run, timeout), ...options })
}
