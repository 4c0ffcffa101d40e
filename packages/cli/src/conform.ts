/** `mmulab conform`: which rules of the contract a driver or a policy keeps, and whether the rules find what is broken on purpose. */
import { type Lab, tellToken } from '@mmulab/compare'
import { type Driver, nameOf } from '@mmulab/core'
import { LabError } from '@mmulab/model'
import {
  markOf,
  PARTLY_WORDS,
  type Paint,
  pad,
  SCHEMA,
  storyText,
  storyTitle,
  wrap,
} from '@mmulab/report'
import {
  type Case,
  type CaseResult,
  type Counts,
  conformance,
  countsOf,
  type Fate,
  judgeDriver,
  judgePolicy,
  kitLab,
  pathText,
  policyConformance,
  type Subject,
  scoreOf,
} from '@mmulab/testkit'
import { EXIT } from './exit.ts'
import type { Io } from './io.ts'
import { labFor } from './lab.ts'
import { type Common, paintFor, widthFor, writeJson } from './output.ts'
import { driverFrom } from './plugin.ts'
import { progressLine } from './progress.ts'
import { usage } from './usage.ts'

export interface ConformOptions extends Common {
  readonly mutants?: boolean
}

export async function conform(
  name: string | undefined,
  o: ConformOptions,
  io: Io,
): Promise<number> {
  const lab = await labFor(o, io)
  if (name === undefined && !o.mutants)
    throw usage(
      'OPTION_MISSING',
      'Which driver, or which policy?',
      'For example mmulab conform kvm, mmulab conform ./my-driver.ts, or mmulab conform mainline@5.12',
      lab.drivers.map(nameOf),
    )
  const subject = name === undefined ? undefined : policyNamed(lab, name)
  if (o.mutants) {
    const drivers =
      name === undefined ? lab.drivers : subject ? [] : [await driverFrom(name, lab, io)]
    const policies =
      name === undefined
        ? [...lab.families, ...(lab.policies ?? []), ...lab.patches]
        : subject
          ? [subject]
          : []
    return judgeMutants(mutantsOf(lab, drivers, policies), o, io)
  }
  if (subject) return runRules(aboutPolicy(lab, subject), o, io)
  if (name === undefined) return EXIT.usage
  return runRules(aboutDriver(await driverFrom(name, lab, io)), o, io)
}

/** A family, a version of one, a policy by itself, or a patch with its `+`; undefined for whatever is no policy. */
function policyNamed(lab: Lab, name: string): Subject | undefined {
  if (name.startsWith('+')) return lab.patches.find((p) => `+${p.name}` === name)
  const family = lab.families.find((f) => f.name === name)
  if (family) return family
  const known = [...lab.families, ...(lab.policies ?? [])].map((p) => p.name)
  return known.includes(name.split('@')[0] ?? '') ? lab.policy(name) : undefined
}

/** What the rules are asked of, and the lab in which its stories are told; a policy has no stories of its own. */
interface About {
  readonly name: string
  readonly kind: 'driver' | 'policy'
  readonly cases: readonly Case[]
  readonly lab?: Lab
  /** What is not known of the policy's text. */
  readonly partlyKnown: readonly string[]
  /** Sizes of small worlds, for whoever wants to pin them. */
  readonly counts?: () => Counts
}

const aboutDriver = (driver: Driver): About => ({
  name: nameOf(driver),
  kind: 'driver',
  cases: conformance(driver),
  lab: kitLab(driver),
  partlyKnown: [],
  counts: () => countsOf(driver),
})

const aboutPolicy = (lab: Lab, subject: Subject): About => ({
  name: subject.kind === 'patch' ? `+${subject.name}` : subject.name,
  kind: 'policy',
  cases: policyConformance(subject, { families: lab.families }),
  partlyKnown: unknownOf(subject),
})

const unknownOf = (subject: Subject): readonly string[] =>
  subject.kind === 'policy-family' ? [] : [subject.partlyKnown ?? []].flat()

interface Asked {
  readonly each: Case
  readonly result: CaseResult
}

async function runRules(about: About, o: ConformOptions, io: Io): Promise<number> {
  const line = progressLine(io, !o.quiet)
  const asked: Asked[] = []
  try {
    const { cases } = about
    for (const [i, each] of cases.entries()) {
      line.show(i + 1, cases.length, each.id)
      asked.push({ each, result: each.run() })
      await io.pause()
    }
  } finally {
    line.clear()
  }
  const counts = countsIn(about)
  if (o.json)
    writeJson(io, {
      schema: SCHEMA,
      [about.kind]: about.name,
      ...(about.partlyKnown.length > 0 && { partlyKnown: about.partlyKnown }),
      rules: asked.map(ruleJson),
      ...(counts && { counts }),
    })
  else io.out(rulesText(about, asked, counts, o, io))
  return asked.some(({ result }) => result.status === 'broken') ? EXIT.violated : EXIT.holds
}

/** None of a driver that the checker does not take: a rule says why. */
function countsIn({ counts }: About): Counts | undefined {
  try {
    return counts?.()
  } catch (error) {
    if (error instanceof LabError) return undefined
    throw error
  }
}

/** As it stands in a test. */
const countsText = (counts: Counts | undefined): string[] => {
  const entries = Object.entries(counts ?? {})
  if (entries.length === 0) return []
  const rows = entries.map(([world, [states, moves]]) => `    '${world}': [${states}, ${moves}],`)
  return ['To pin in testDriver(driver, { counts: { ... } }):', ...rows, '']
}

const ruleJson = ({ each, result }: Asked): object => {
  const { token, ...rest } = result.status === 'broken' ? result : { ...result, token: undefined }
  const { id, rule, kernelReference } = each
  return { id, rule, kernelReference, ...rest, schedule: token ?? null }
}

function rulesText(
  about: About,
  asked: readonly Asked[],
  counts: Counts | undefined,
  o: ConformOptions,
  io: Io,
): string {
  const paint = paintFor(io, o)
  const width = widthFor(io)
  const column = Math.max(...asked.map(({ each }) => each.id.length)) + 2
  const indent = (text: string): string[] => wrap(text, width - 4).map((l) => `    ${l}`)
  const rows = asked.flatMap(({ each, result }) => {
    const id = pad(each.id, column)
    if (result.status === 'kept') return [`${paint.good('✓')} ${id}${each.rule}`]
    if (result.status === 'not-applicable') return [paint.dim(`– ${id}${result.why}`)]
    return [
      `${paint.bad('✗')} ${id}${each.rule}`,
      ...indent(result.message),
      ...indent(`kernel: ${each.kernelReference}`),
      ...(result.cell === undefined ? [] : indent(`cell: ${result.cell}`)),
      ...(result.path === undefined ? [] : pathText(result.path).map((line) => `    ${line}`)),
    ]
  })
  const number = (status: CaseResult['status']): number =>
    asked.filter(({ result }) => result.status === status).length
  const sum = `${number('kept')} rules kept, ${number('broken')} broken, ${number('not-applicable')} with nothing to say`
  const known = about.partlyKnown.length ? [PARTLY_WORDS] : []
  return [
    ...rows,
    '',
    `${about.name}${markOf(about)}: ${sum}.`,
    ...known,
    '',
    ...countsText(counts),
    ...stories(about, asked, paint),
  ].join('\n')
}

/** Rules that break on one schedule share its story. */
function stories({ lab }: About, asked: readonly Asked[], paint: Paint): string[] {
  if (!lab) return []
  const told = new Set<string>()
  return asked.flatMap(({ each, result }) => {
    const token = result.status === 'broken' ? result.token : undefined
    if (token === undefined || told.has(token)) return []
    told.add(token)
    const story = tellToken(lab, token)
    return [
      `${paint.strong(`${each.id}: ${storyTitle(story)}`)}\n`,
      storyText(story, { paint }),
      '',
    ]
  })
}

interface JudgedMutant {
  readonly mutant: { readonly name: string; readonly operator: string }
  readonly fate: Fate
}

function* mutantsOf(
  { families }: Lab,
  drivers: readonly Driver[],
  policies: readonly Subject[],
): Generator<JudgedMutant> {
  for (const driver of drivers) yield* judgeDriver(driver)
  for (const policy of policies) yield* judgePolicy(policy, { families })
}

async function judgeMutants(
  mutants: Iterable<JudgedMutant>,
  o: ConformOptions,
  io: Io,
): Promise<number> {
  const line = progressLine(io, !o.quiet)
  const judged: JudgedMutant[] = []
  try {
    for (const each of mutants) {
      judged.push(each)
      line.show(judged.length, judged.length, each.mutant.name)
      await io.pause()
    }
  } finally {
    line.clear()
  }
  const { total, killed, killedByCounts, equivalent, survived } = scoreOf(judged)
  if (o.json) {
    const mutants = judged.map(mutantJson)
    const subjects = subjectsOf(judged)
    const score = { total, killed, killedByCounts, equivalent, survived }
    writeJson(io, { schema: SCHEMA, ...score, subjects, mutants })
    return EXIT.holds
  }
  const survivors = judged.flatMap(({ mutant, fate }) =>
    fate.fate === 'survived' ? wrap(`survived: ${mutant.name}`, widthFor(io), 4) : [],
  )
  const score = `${total} mutants: ${killed} killed, ${equivalent} equivalent, ${survived} survived.`
  const counted =
    killedByCounts > 0
      ? wrap(
          `${killedByCounts} of the killed by counts alone: a world has another size, and no rule says what is wrong.`,
          widthFor(io),
        )
      : []
  io.out(`${[...survivors, ...(survivors.length ? [''] : []), score, ...counted].join('\n')}\n`)
  return EXIT.holds
}

/** The score of each driver and policy, in the order in which they were broken. */
function subjectsOf(judged: readonly JudgedMutant[]): object[] {
  const by = new Map<string, JudgedMutant[]>()
  for (const each of judged) {
    const name = each.mutant.name.slice(0, each.mutant.name.indexOf('/'))
    by.set(name, [...(by.get(name) ?? []), each])
  }
  return [...by].map(([name, own]) => {
    const { judged: _, ...score } = scoreOf(own)
    return { name, ...score }
  })
}

function mutantJson({ mutant, fate }: JudgedMutant): object {
  const { token, ...rest } = fate.fate === 'killed' ? fate : { ...fate, token: undefined }
  return { name: mutant.name, operator: mutant.operator, ...rest, schedule: token ?? null }
}
