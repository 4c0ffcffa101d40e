/** The cases as tests of whatever framework is at hand: it needs an `it` that takes a name and a function. */
import type { Driver } from '@mmulab/core'
import { type Case, type CaseResult, pathText } from './case.ts'
import { type ConformanceOptions, conformance } from './conformance.ts'
import type { KitOptions } from './kit.ts'
import { mutantsOf } from './mutants/drivers.ts'
import { type Fate, judgeDriver, scoreOf } from './mutants/judge.ts'
import { judgePolicy, policyMutantsOf } from './mutants/judge-policy.ts'
import { type PolicyOptions, policyConformance, type Subject } from './policy.ts'

export interface TestFunction {
  (name: string, run: () => void): unknown
  readonly skip?: (name: string, run: () => void) => unknown
}

export interface BindOptions {
  readonly it: TestFunction
  /** Rules that are not kept, by id, with the reason; a test says so if one is kept after all. */
  readonly skip?: Readonly<Record<string, string>>
  /** Cases of the author's own. */
  readonly additional?: readonly Case[]
}

export type TestDriverOptions = BindOptions & ConformanceOptions

/** Makes a test of every case. `factory` makes the driver, as its package exports it. */
export function testDriver(factory: () => Driver, options: TestDriverOptions): void {
  bind([...conformance(factory(), options), ...(options.additional ?? [])], options)
}

export type TestPolicyOptions = BindOptions & PolicyOptions

/** The same for a policy, a family of policies or a patch. */
export function testPolicy(factory: () => Subject, options: TestPolicyOptions): void {
  bind([...policyConformance(factory(), options), ...(options.additional ?? [])], options)
}

function bind(cases: readonly Case[], { it, skip = {} }: BindOptions): void {
  const known = cases.map((c) => c.id)
  const strange = Object.keys(skip).filter((id) => !known.includes(id))
  if (strange.length)
    throw new Error(`There is no rule ${strange.join(', ')}; the rules are ${known.join(', ')}.`)
  for (const each of cases) {
    const reason = skip[each.id]
    if (reason === undefined) it(`${each.id}: ${each.rule}`, () => demand(each))
    else it(`${each.id}: not kept, ${reason}`, () => demandBroken(each, reason))
  }
}

function demand(each: Case): void {
  const result = each.run()
  if (result.status === 'broken') throw new Error(failureText(each, result))
}

/** A skip is documentation, and documentation must stay true. */
function demandBroken(each: Case, reason: string): void {
  const { status } = each.run()
  if (status !== 'broken')
    throw new Error(`${each.id} is skipped (${reason}), but it is ${status}: remove the skip.`)
}

/** What is broken, where the kernel asks for it, and how to see it happen. */
export function failureText(
  { id, rule, kernelReference }: Case,
  result: Extract<CaseResult, { status: 'broken' }>,
): string {
  return [
    `${id}: ${result.message}`,
    `  rule    ${rule}`,
    `  kernel  ${kernelReference}`,
    ...(result.cell === undefined ? [] : [`  cell    ${result.cell}`]),
    ...(result.token === undefined ? [] : [`  token   ${result.token}`]),
    ...(result.path === undefined ? [] : pathText(result.path).map((line) => `  ${line}`)),
  ].join('\n')
}

interface MutantsOptions {
  readonly it: (name: string, run: () => void, timeout?: number) => unknown
  /** How many there are, how many are killed, and how many cannot be told from the original; the others survive. */
  readonly score: { readonly total: number; readonly killed: number; readonly equivalent: number }
  /** Those that no rule finds, with the reason, by name without the driver. */
  readonly survivors?: Readonly<Record<string, string>>
  /** Judge so many only, from all over the list: quick, and only that they do not survive is then asked. */
  readonly sample?: number
}

export type TestMutantsOptions = MutantsOptions & KitOptions

/** Breaks a driver in every classic way and demands that the score is the one that is known. */
export function testMutants(factory: () => Driver, options: TestMutantsOptions): void {
  const total = (): number => mutantsOf(factory(), options).list.length
  testScore(() => judgeDriver(factory(), options), total, options)
}

export type TestPolicyMutantsOptions = MutantsOptions & PolicyOptions

/** The same for a policy, a family of policies, or what a patch puts into its example. */
export function testPolicyMutants(factory: () => Subject, options: TestPolicyMutantsOptions): void {
  const total = (): number => policyMutantsOf(factory(), options).length
  testScore(() => judgePolicy(factory(), options), total, options)
}

interface Named {
  readonly mutant: { readonly mutation: { readonly name: string } }
  readonly fate: Fate
}

function testScore(
  judge: () => Iterable<Named>,
  total: () => number,
  { it, score, survivors: reasons = {}, sample }: MutantsOptions,
): void {
  const whole = sample === undefined
  const run = (): void => {
    const found = scoreOf(judge())
    const survivors = found.judged.flatMap(({ mutant, fate }) =>
      fate.fate === 'survived' ? [mutant.mutation.name] : [],
    )
    const known = Object.keys(reasons)
    const all = whole ? found.total : total()
    const wrong = [
      ...survivors.filter((name) => !known.includes(name)).map((name) => `${name} survives`),
      ...(all === score.total ? [] : [`there are ${all}`]),
      ...(score.killed + score.equivalent + known.length === score.total
        ? []
        : ['the score does not add up']),
    ]
    if (whole) {
      for (const name of known)
        if (!survivors.includes(name)) wrong.push(`${name} does not survive`)
      for (const fate of ['killed', 'equivalent'] as const)
        if (found[fate] !== score[fate]) wrong.push(`${found[fate]} are ${fate}`)
    }
    if (wrong.length > 0) throw new Error(wrong.join('\n'))
  }
  const which = whole ? 'its mutants' : `${sample} of its ${score.total} mutants`
  const butFor = Object.keys(reasons).length > 0 ? ', but for those with a reason' : ''
  it(`${which} are killed or equivalent${butFor}`, run, MINUTES)
}

const MINUTES = 300_000
