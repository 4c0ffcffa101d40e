/** `mmulab conform`: which rules of the contract a driver keeps, and whether the rules find what is broken on purpose. */
import { tellToken } from '@mmulab/compare'
import { type Driver, nameOf } from '@mmulab/core'
import { type Paint, pad, SCHEMA, storyText, storyTitle, wrap } from '@mmulab/report'
import {
  type Case,
  type CaseResult,
  conformance,
  type Judged,
  judgeDriver,
  kitLab,
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
  if (o.mutants)
    return judgeMutants(name === undefined ? lab.drivers : [await driverFrom(name, lab, io)], o, io)
  if (name === undefined)
    throw usage(
      'OPTION_MISSING',
      'Which driver?',
      'For example mmulab conform kvm, or mmulab conform ./my-driver.ts',
      lab.drivers.map(nameOf),
    )
  return runRules(await driverFrom(name, lab, io), o, io)
}

interface Asked {
  readonly each: Case
  readonly result: CaseResult
}

async function runRules(driver: Driver, o: ConformOptions, io: Io): Promise<number> {
  const line = progressLine(io, !o.quiet)
  const asked: Asked[] = []
  try {
    const cases = conformance(driver)
    for (const [i, each] of cases.entries()) {
      line.show(i + 1, cases.length, each.id)
      asked.push({ each, result: each.run() })
      await io.pause()
    }
  } finally {
    line.clear()
  }
  if (o.json) writeJson(io, { schema: SCHEMA, driver: nameOf(driver), rules: asked.map(ruleJson) })
  else io.out(rulesText(driver, asked, o, io))
  return asked.some(({ result }) => result.status === 'broken') ? EXIT.violated : EXIT.holds
}

const ruleJson = ({ each, result }: Asked): object => {
  const { token, ...rest } = result.status === 'broken' ? result : { ...result, token: undefined }
  const { id, rule, kernelReference } = each
  return { id, rule, kernelReference, ...rest, schedule: token ?? null }
}

function rulesText(driver: Driver, asked: readonly Asked[], o: ConformOptions, io: Io): string {
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
    ]
  })
  const number = (status: CaseResult['status']): number =>
    asked.filter(({ result }) => result.status === status).length
  const sum = `${number('kept')} rules kept, ${number('broken')} broken, ${number('not-applicable')} with nothing to say`
  return [...rows, '', `${nameOf(driver)}: ${sum}.`, '', ...stories(driver, asked, paint)].join(
    '\n',
  )
}

/** Rules that break on one schedule share its story. */
function stories(driver: Driver, asked: readonly Asked[], paint: Paint): string[] {
  const lab = kitLab(driver)
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

async function judgeMutants(
  drivers: readonly Driver[],
  o: ConformOptions,
  io: Io,
): Promise<number> {
  const line = progressLine(io, !o.quiet)
  const judged: Judged[] = []
  try {
    for (const [i, driver] of drivers.entries())
      for (const each of judgeDriver(driver)) {
        line.show(i + 1, drivers.length, each.mutant.name)
        judged.push(each)
        await io.pause()
      }
  } finally {
    line.clear()
  }
  const { total, killed, equivalent, survived } = scoreOf(judged)
  if (o.json) {
    const mutants = judged.map(mutantJson)
    writeJson(io, { schema: SCHEMA, total, killed, equivalent, survived, mutants })
    return EXIT.holds
  }
  const survivors = judged.flatMap(({ mutant, fate }) =>
    fate.fate === 'survived' ? wrap(`survived: ${mutant.name}`, widthFor(io), 4) : [],
  )
  const score = `${total} mutants: ${killed} killed, ${equivalent} equivalent, ${survived} survived.`
  io.out(`${[...survivors, ...(survivors.length ? [''] : []), score].join('\n')}\n`)
  return EXIT.holds
}

function mutantJson({ mutant, fate }: Judged): object {
  const { token, ...rest } = fate.fate === 'killed' ? fate : { ...fate, token: undefined }
  return { name: mutant.name, operator: mutant.operator, ...rest, schedule: token ?? null }
}
