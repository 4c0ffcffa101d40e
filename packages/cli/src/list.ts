/** `mmulab list`: what there is to choose from. */
import type { Lab } from '@mmulab/compare'
import type { Policy } from '@mmulab/core'
import { CLAIMS } from '@mmulab/model'
import { pad, REQUIRED, SCHEMA, wrap } from '@mmulab/report'
import type { Io } from './io.ts'
import { shippedLab } from './lab.ts'
import { type Common, paintFor, widthFor, writeJson } from './output.ts'
import { usage } from './usage.ts'

export const KINDS = ['policies', 'drivers', 'scenarios', 'claims'] as const
export type Kind = (typeof KINDS)[number]

export function list(what: string | undefined, options: Common, io: Io): number {
  if (what !== undefined && !(KINDS as readonly string[]).includes(what))
    throw usage('UNKNOWN_LIST', `There is no list of ${what}.`, 'mmulab list shows all.', KINDS)
  const kinds = what === undefined ? KINDS : [what as Kind]
  const lab = shippedLab()
  if (options.json) {
    writeJson(io, { schema: SCHEMA, ...Object.assign({}, ...kinds.map((k) => DATA[k](lab))) })
    return 0
  }
  const paint = paintFor(io, options)
  const width = widthFor(io)
  const parts = kinds.map((kind) => {
    const rows = ROWS[kind](lab)
    const column = Math.max(...rows.map(([name]) => name.length)) + 2
    const lines = rows.flatMap(([name, text]) =>
      wrap(text, width - column - 2).map((l, i) => `  ${pad(i ? '' : name, column)}${l}`),
    )
    return [paint.strong(TITLES[kind]), ...lines, ''].join('\n')
  })
  io.out(parts.join('\n'))
  return 0
}

const TITLES: Readonly<Record<Kind, string>> = {
  policies:
    'Policies (any version in between resolves to the one before it; patches are added with +)',
  drivers: 'Drivers (several with +, in the order of registration; the last is called first)',
  scenarios: 'Scenarios',
  claims: 'Claims (the promises; each gets its own verdict)',
}

type Rows = readonly (readonly [string, string])[]

const ROWS: Readonly<Record<Kind, (lab: Lab) => Rows>> = {
  policies: (lab) => [
    ...lab.families.flatMap((f) =>
      f.versions.map((v) => [`${f.name}@${v}`, f.at(v).title] as const),
    ),
    ...(lab.policies ?? []).map((p) => [p.name, p.title] as const),
    ...lab.patches.map(
      (p) =>
        [
          `+${p.name}`,
          `${p.title} (for example ${p.example}+${p.name}${p.partlyKnown === undefined ? '' : '; known in part'})`,
        ] as const,
    ),
  ],
  drivers: (lab) =>
    lab.drivers.flatMap((d) => [
      [`${d.name}@${d.era}`, `${d.title}. Offers: ${d.offers.join(', ') || 'nothing'}`] as const,
      ...Object.entries(d.variants).map(([v, twin]) => [`${d.name}~${v}`, twin.title] as const),
    ]),
  scenarios: (lab) =>
    lab.scenarios.map((s) => [
      s.name,
      `${s.title}${s.needs.length ? `. Needs: ${s.needs.join(' or ')}` : ''}`,
    ]),
  claims: () => CLAIMS.map((c) => [c, REQUIRED[c]]),
}

const policyData = ({ name, title, notCovered }: Policy) => ({ name, title, notCovered })

const DATA: Readonly<Record<Kind, (lab: Lab) => object>> = {
  policies: (lab) => ({
    policies: [
      ...lab.families.map((f) => ({
        name: f.name,
        title: f.title,
        versions: f.versions.map((v) => policyData(f.at(v))),
      })),
      ...(lab.policies ?? []).map((p) => ({ ...policyData(p), versions: [] })),
    ],
    patches: lab.patches.map(({ name, title, source, example, partlyKnown }) => ({
      name,
      title,
      source,
      ...(partlyKnown !== undefined && { partlyKnown }),
      example: `${example}+${name}`,
    })),
  }),
  drivers: (lab) => ({
    drivers: lab.drivers.map(({ name, era, title, source, offers, pins, variants }) => ({
      name,
      era,
      title,
      source,
      offers,
      pins,
      variants: Object.keys(variants).map((v) => `${name}~${v}`),
    })),
  }),
  scenarios: (lab) => ({
    scenarios: lab.scenarios.map(({ name, title, needs, sizes }) => ({
      name,
      title,
      needs,
      sizes,
    })),
  }),
  claims: () => ({ claims: CLAIMS.map((name) => ({ name, required: REQUIRED[name] })) }),
}
