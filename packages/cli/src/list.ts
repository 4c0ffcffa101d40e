/** `mmulab list`: what there is to choose from. */
import type { Plugin } from '@mmulab/compare'
import type { Driver, Policy, Scenario } from '@mmulab/core'
import { CLAIMS } from '@mmulab/model'
import { pad, REQUIRED, SCHEMA, wrap } from '@mmulab/report'
import type { Io } from './io.ts'
import { labFor, type OwnLab } from './lab.ts'
import { type Common, paintFor, widthFor, writeJson } from './output.ts'
import { usage } from './usage.ts'

export const KINDS = ['policies', 'drivers', 'scenarios', 'claims'] as const
export type Kind = (typeof KINDS)[number]

export async function list(what: string | undefined, options: Common, io: Io): Promise<number> {
  if (what !== undefined && !(KINDS as readonly string[]).includes(what))
    throw usage('UNKNOWN_LIST', `There is no list of ${what}.`, 'mmulab list shows all.', KINDS)
  const kinds = what === undefined ? KINDS : [what as Kind]
  const lab = await labFor(options, io)
  if (options.json) {
    writeJson(io, { schema: SCHEMA, ...Object.assign({}, ...kinds.map((k) => DATA[k](lab))) })
    return 0
  }
  const paint = paintFor(io, options)
  const width = widthFor(io)
  const part = (title: string, rows: Rows): string => {
    const column = Math.max(...rows.map(([name]) => name.length)) + 2
    const lines = rows.flatMap(([name, text]) =>
      wrap(text, width - column - 2).map((l, i) => `  ${pad(i ? '' : name, column)}${l}`),
    )
    return [paint.strong(title), ...lines, ''].join('\n')
  }
  const parts = kinds.map((kind) => part(TITLES[kind], ROWS[kind](lab)))
  // Too many to be in the way of those who want to see everything.
  if (what === 'scenarios') parts.push(part(FURTHER, scenarioRows(lab, furtherOf(lab))))
  io.out(parts.join('\n'))
  return 0
}

const FURTHER =
  'Further scenarios (what the mm does, alone beside drivers in use or with one activity; by name only)'
const furtherOf = (lab: OwnLab): readonly Scenario[] => lab.furtherScenarios ?? []

const scenarioRows = (lab: OwnLab, list: readonly Scenario[]): Rows =>
  list.map((s) => [
    s.name,
    told(lab, s, `${s.title}${s.needs.length ? `. Needs: ${s.needs.join(' or ')}` : ''}`),
  ])

const TITLES: Readonly<Record<Kind, string>> = {
  policies:
    'Policies (any version in between resolves to the one before it; patches are added with +)',
  drivers: 'Drivers (several with +, in the order of registration; the last is called first)',
  scenarios: 'Scenarios',
  claims: 'Claims (the promises; each gets its own verdict)',
}

type Rows = readonly (readonly [string, string])[]

const ROWS: Readonly<Record<Kind, (lab: OwnLab) => Rows>> = {
  policies: (lab) => [
    ...lab.families.flatMap((f) =>
      f.versions.map((v) => [`${f.name}@${v}`, told(lab, f, f.at(v).title)] as const),
    ),
    ...(lab.policies ?? []).map((p) => [p.name, told(lab, p, p.title)] as const),
    ...lab.patches.map(
      (p) =>
        [
          `+${p.name}`,
          told(
            lab,
            p,
            `${p.title} (for example ${p.example}+${p.name}${p.partlyKnown === undefined ? '' : '; known in part'})`,
          ),
        ] as const,
    ),
  ],
  drivers: (lab) =>
    lab.drivers.flatMap((d) => [
      [
        `${d.name}@${d.era}`,
        told(lab, d, `${d.title}. Offers: ${d.offers.join(', ') || 'nothing'}`),
      ] as const,
      ...Object.entries(d.variants).map(([v, twin]) => [twinName(lab, d, v), twin.title] as const),
    ]),
  scenarios: (lab) => scenarioRows(lab, lab.scenarios),
  claims: () => CLAIMS.map((c) => [c, REQUIRED[c]]),
}

/** With its era where several have a twin of that name. */
function twinName({ drivers }: OwnLab, { name, era }: Driver, variant: string): string {
  const eras = drivers.filter((d) => d.name === name && d.variants[variant] !== undefined)
  return eras.length > 1 ? `${name}@${era}~${variant}` : `${name}~${variant}`
}

/** With where it came from, if it does not ship. */
function told(lab: OwnLab, plugin: Plugin, text: string): string {
  const from = lab.originOf(plugin)
  return from === undefined ? text : `${text}. From ${from}`
}

const from = (lab: OwnLab, plugin: Plugin) => ({ from: lab.originOf(plugin) ?? 'mmulab' })

const policyData = ({ name, title, notCovered }: Policy) => ({ name, title, notCovered })

const scenarioData =
  (lab: OwnLab) =>
  (s: Scenario): object => ({
    name: s.name,
    title: s.title,
    ...from(lab, s),
    needs: s.needs,
    sizes: s.sizes,
  })

const DATA: Readonly<Record<Kind, (lab: OwnLab) => object>> = {
  policies: (lab) => ({
    policies: [
      ...lab.families.map((f) => ({
        name: f.name,
        title: f.title,
        ...from(lab, f),
        versions: f.versions.map((v) => policyData(f.at(v))),
      })),
      ...(lab.policies ?? []).map((p) => ({ ...policyData(p), ...from(lab, p), versions: [] })),
    ],
    patches: lab.patches.map((p) => ({
      name: p.name,
      title: p.title,
      ...from(lab, p),
      source: p.source,
      ...(p.partlyKnown !== undefined && { partlyKnown: p.partlyKnown }),
      example: `${p.example}+${p.name}`,
    })),
  }),
  drivers: (lab) => ({
    drivers: lab.drivers.map((d) => ({
      name: d.name,
      era: d.era,
      title: d.title,
      ...from(lab, d),
      source: d.source,
      offers: d.offers,
      pins: d.pins,
      variants: Object.keys(d.variants).map((v) => twinName(lab, d, v)),
    })),
  }),
  scenarios: (lab) => ({
    scenarios: lab.scenarios.map(scenarioData(lab)),
    furtherScenarios: furtherOf(lab).map(scenarioData(lab)),
  }),
  claims: () => ({ claims: CLAIMS.map((name) => ({ name, required: REQUIRED[name] })) }),
}
