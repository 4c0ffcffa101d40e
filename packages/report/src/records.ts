/** What the judge of kernel records says, as text and as JSON. */
import type { Judgement, PolicyVerdict } from '@mmulab/records'
import { MARKS, markOf, PARTLY_WORDS } from './claims.ts'
import { SCHEMA } from './json.ts'
import { type Paint, PLAIN } from './paint.ts'
import { count, indent, pad, paragraph, widthOf, wrap } from './text.ts'

const MARK: Readonly<Record<PolicyVerdict['verdict'], string>> = {
  explained: MARKS.holds,
  refused: MARKS.violated,
  unsupported: MARKS.unfinished,
}

export function judgementText(
  j: Judgement,
  { paint = PLAIN, width = 100 }: { readonly paint?: Paint; readonly width?: number } = {},
): string {
  const { record } = j
  const colour = { explained: paint.good, refused: paint.bad, unsupported: paint.doubt }
  return paragraph([
    paint.strong(j.file),
    `  ${record.scenario} on ${record.kernel}, ${count(record.events.length, 'event')}`,
    ...record.notes.flatMap((n) => indent(wrap(`note: ${n}`, width - 2, 2), 2)),
    ...sameOutcomes(j.verdicts).flatMap((same) => {
      const [first] = same as [PolicyVerdict]
      const head = `${MARK[first.verdict]} ${pad(first.verdict, 13)}`
      const names = wrap(same.map(nameWords).join(', '), width - widthOf(head) - 2)
      const why = first.at?.text ?? first.reason
      return [
        ...names.map(
          (l, i) => `  ${colour[first.verdict](i ? ' '.repeat(widthOf(head)) : head)}${l}`,
        ),
        ...(why ? indent(wrap(why, width - 6, 2), 6) : []),
      ]
    }),
    ...(j.verdicts.some((v) => v.partlyKnown) ? indent(wrap(PARTLY_WORDS, width - 2), 2) : []),
  ])
}

const nameWords = (v: PolicyVerdict): string =>
  `${v.policy}${v.resolved === v.policy ? '' : ` (as ${v.resolved})`}${markOf({ partlyKnown: v.partlyKnown ?? [] })}`

/** Policies of one verdict for one reason, told once. */
function sameOutcomes(verdicts: readonly PolicyVerdict[]): PolicyVerdict[][] {
  const groups = new Map<string, PolicyVerdict[]>()
  for (const v of verdicts) {
    const key = JSON.stringify([v.verdict, v.at?.seq, v.at?.what, v.at?.expected, v.reason])
    groups.set(key, [...(groups.get(key) ?? []), v])
  }
  return [...groups.values()]
}

export interface JudgementJson {
  readonly policy: string
  readonly resolved: string
  readonly verdict: PolicyVerdict['verdict']
  /** What is not known of the policy's text, where that is anything. */
  readonly partlyKnown?: readonly string[]
  /** The first event that does not fit: only with `refused`. */
  readonly at?: {
    readonly seq: number
    readonly line: number
    readonly what: string
    readonly expected: string
    readonly text: string
  }
  /** Only with `unsupported`. */
  readonly reason?: string
}

export interface RecordsJson {
  readonly schema: typeof SCHEMA
  readonly records: readonly {
    readonly file: string
    readonly scenario: string
    readonly kernel: string
    readonly events: number
    readonly judgements: readonly JudgementJson[]
  }[]
}

export function recordsJson(list: readonly Judgement[]): RecordsJson {
  return {
    schema: SCHEMA,
    records: list.map(({ file, record, verdicts }) => ({
      file,
      scenario: record.scenario,
      kernel: record.kernel,
      events: record.events.length,
      judgements: verdicts.map((v) => ({
        policy: v.policy,
        resolved: v.resolved,
        verdict: v.verdict,
        ...(v.partlyKnown && { partlyKnown: v.partlyKnown }),
        ...(v.at && { at: where(v.at) }),
        ...(v.reason !== undefined && { reason: v.reason }),
      })),
    })),
  }
}

function where(at: NonNullable<PolicyVerdict['at']>): NonNullable<JudgementJson['at']> {
  const { seq, line, what, expected, text } = at
  return { seq, line, what, expected, text }
}
