/** `mmulab cross-check`: SPIN judges the same worlds, and must count and say the same. */
import { availableParallelism } from 'node:os'
import {
  brokenName,
  expressible,
  type PanReport,
  promela,
  STOPPED,
  sameCounts,
  type Verdict,
} from '@mmulab/checker'
import { type CellName, type CellReport, cellsOf, type Lab, runCell } from '@mmulab/compare'
import type { Size } from '@mmulab/core'
import { CLAIMS, type ClaimId } from '@mmulab/model'
import { count, listed, MARKS, type Paint, SCHEMA, wrap } from '@mmulab/report'
import { CROSS_CHECKED } from './cross-check-cells.ts'
import { EXIT } from './exit.ts'
import type { Io } from './io.ts'
import { labFor } from './lab.ts'
import { type Common, paintFor, widthFor, writeJson } from './output.ts'
import { progressLine } from './progress.ts'
import { judge, requireSpin } from './spin.ts'
import { usage } from './usage.ts'

export interface CrossCheckOptions extends Common {
  readonly policy?: readonly string[]
  readonly drivers?: readonly string[]
  readonly scenario?: readonly string[]
  readonly size?: Size
}

/**
 * What SPIN says of a claim. That every task can still finish is no property of single runs, and no formula of SPIN's; but a
 * state in which nobody can move any more and somebody has not finished refutes it.
 */
export type SpinVerdict = 'holds' | 'violated' | 'refuted' | 'not-refuted' | 'not-expressible'

export interface CrossCell extends CellName {
  readonly agrees: boolean
  readonly states: { readonly mmulab: number; readonly spin: number }
  readonly transitions: { readonly mmulab: number; readonly spin: number }
  readonly claims: Readonly<
    Partial<Record<ClaimId, { readonly mmulab: Verdict; readonly spin: SpinVerdict }>>
  >
  /** Why something was not compared. */
  readonly notCompared?: string
}

export async function crossCheck(options: CrossCheckOptions, io: Io): Promise<number> {
  const lab = await labFor(options, io)
  const names = selected(lab, options)
  await requireSpin(io)
  const { cells, notRun } = await runAll(lab, names, options, io)
  const differ = cells.filter((c) => !c.agrees)
  if (options.json) writeJson(io, { schema: SCHEMA, cells, ...(notRun.length > 0 && { notRun }) })
  else io.out(crossText(cells, notRun.length, paintFor(io, options), widthFor(io)))
  if (notRun.length > 0) return EXIT.unfinished
  return differ.length > 0 ? EXIT.violated : EXIT.holds
}

/** What is not asked for is that of the cells that are always checked. */
function selected(lab: Lab, o: CrossCheckOptions): CellName[] {
  const size = o.size ?? 'small'
  if (!o.policy && !o.drivers && !o.scenario)
    return CROSS_CHECKED.map(([policy, drivers, scenario]) => ({
      policy,
      drivers: drivers.split('+'),
      scenario,
      size,
    }))
  const usual = (i: 0 | 1 | 2): string[] => [...new Set(CROSS_CHECKED.map((c) => c[i]))]
  const selection = {
    policies: o.policy ?? usual(0),
    driverSets: o.drivers ?? usual(1),
    scenarios: o.scenario ?? usual(2),
    size,
  }
  // Everything that can be wrong with a name is wrong before anything runs.
  for (const policy of selection.policies) lab.policy(policy)
  for (const set of selection.driverSets) lab.driverSet(set)
  const names = cellsOf(lab, selection)
  if (names.length === 0)
    throw usage(
      'NOTHING_TO_COMPARE',
      'None of these drivers offers what these scenarios need.',
      'mmulab list drivers and mmulab list scenarios show what is offered and what is needed.',
    )
  return names
}

/** As many at a time as there are processors, for SPIN mostly waits for a compiler. */
async function runAll(
  lab: Lab,
  names: readonly CellName[],
  { quiet = false }: Common,
  io: Io,
): Promise<{ cells: CrossCell[]; notRun: CellName[] }> {
  const abort = new AbortController()
  const stopListening = io.onInterrupt(() => abort.abort())
  const line = progressLine(io, !quiet)
  const found = new Map<CellName, CrossCell>()
  const waiting = [...names]
  let failure: unknown
  const worker = async (): Promise<void> => {
    for (let name = waiting.shift(); name && !abort.signal.aborted; name = waiting.shift()) {
      const title = `${name.policy} ${name.drivers.join('+')} ${name.scenario}`
      line.show(names.length - waiting.length, names.length, title)
      const cell = await crossCell(lab, name, abort.signal, io)
      if (cell) found.set(name, cell)
    }
  }
  try {
    const workers = Array.from({ length: availableParallelism() }, () =>
      worker().catch((error: unknown) => {
        // The others end as well, and clear up behind them.
        if (!abort.signal.aborted) failure = error
        abort.abort()
      }),
    )
    await Promise.all(workers)
    if (failure !== undefined) throw failure
  } finally {
    stopListening()
    line.clear()
  }
  return {
    cells: names.flatMap((n) => found.get(n) ?? []),
    notRun: names.filter((n) => !found.has(n)),
  }
}

async function crossCell(
  lab: Lab,
  name: CellName,
  signal: AbortSignal,
  io: Io,
): Promise<CrossCell | undefined> {
  const slices = runCell(lab, name, { reductions: {}, shouldStop: () => signal.aborted })
  let slice = slices.next()
  while (!slice.done) {
    await io.pause()
    slice = slices.next()
  }
  const report = slice.value
  if (!report.result.complete) return undefined
  const { linked, result } = report
  const world = promela(linked, { claims: expressible(linked) })
  return compareCell(report, await judge(world, result.states, { env: io.env, signal }))
}

/** The two sides of one cell. */
export function compareCell({ name, linked, result }: CellReport, spin: PanReport): CrossCell {
  const known = expressible(linked)
  // Past BUG SPIN goes on where the kernel does not: only that it was reached can be compared.
  const stopped = spin.broken.has(STOPPED)
  // A step out of a domain is not made, on either side; whoever cannot move for that alone is not stuck.
  const cut = result.claims.bound.verdict === 'violated'
  const said = (claim: ClaimId): SpinVerdict => {
    if (known.includes(claim) && (claim === 'warn' || !stopped))
      return spin.broken.has(brokenName(claim)) ? 'violated' : 'holds'
    if (claim === 'progress' && !stopped && !cut) return spin.stuck ? 'refuted' : 'not-refuted'
    return 'not-expressible'
  }
  const claims = Object.fromEntries(
    CLAIMS.filter((c) => result.claims[c].verdict !== 'not-claimed').map((c) => [
      c,
      { mmulab: result.claims[c].verdict, spin: said(c) },
    ]),
  ) as CrossCell['claims']
  const states = { mmulab: result.states, spin: spin.states }
  const transitions = { mmulab: result.transitions, spin: spin.transitions }
  return {
    ...name,
    agrees: (stopped || sameCounts(result, spin)) && Object.values(claims).every(isSame),
    states,
    transitions,
    claims,
    ...(stopped && { notCompared: 'counts, for SPIN does not stop where the kernel does (BUG)' }),
  }
}

/** `unfinished` of a search that came to its end means that nothing was found broken, and nothing shown. */
function isSame({ mmulab, spin }: { mmulab: Verdict; spin: SpinVerdict }): boolean {
  switch (spin) {
    case 'violated':
    case 'refuted':
      return mmulab === 'violated'
    case 'holds':
      return mmulab !== 'violated'
    default:
      return true
  }
}

function crossText(
  cells: readonly CrossCell[],
  notRun: number,
  paint: Paint,
  width: number,
): string {
  const lines = cells.flatMap((c) => {
    const title = `${c.policy} ${c.drivers.join('+')} ${c.scenario}`
    const mark = c.agrees ? paint.good(MARKS.holds) : paint.bad(MARKS.violated)
    return [`${mark} ${title}`, ...wrap(words(c), width - 4).map((l) => `    ${l}`)]
  })
  const same = cells.filter((c) => c.agrees).length
  const closing = [
    `SPIN agrees on ${same} of ${count(cells.length, 'cell')}.`,
    'It judges claims about states and steps. That every task can still finish is nothing that it could',
    'say; where it finds a state in which nobody moves and somebody has not finished, progress must be broken.',
    ...(notRun > 0 ? [`Interrupted: ${count(notRun, 'cell')} not compared.`] : []),
  ]
  return `${[...lines, '', ...closing].join('\n')}\n`
}

const SAYS: ReadonlySet<SpinVerdict> = new Set(['holds', 'violated', 'refuted'])

function words(c: CrossCell): string {
  const both = (what: 'state' | 'transition', n: { mmulab: number; spin: number }): string =>
    n.mmulab === n.spin
      ? count(n.mmulab, what)
      : `${count(n.mmulab, what)} here and ${n.spin} in SPIN`
  const claims = Object.entries(c.claims)
  const same = claims.filter(([, v]) => SAYS.has(v.spin) && isSame(v))
  const broken = same.filter(([, v]) => v.spin !== 'holds').map(([claim]) => claim)
  const other = claims.filter(([, v]) => !isSame(v))
  return [
    both('state', c.states),
    both('transition', c.transitions),
    `${count(same.length, 'claim')} judged alike${broken.length ? ` (violated: ${listed(broken)})` : ''}`,
    ...other.map(([claim, v]) => `${claim} ${v.mmulab} here and ${v.spin} in SPIN`),
    ...(c.notCompared ? [`not compared: ${c.notCompared}`] : []),
  ].join(', ')
}
