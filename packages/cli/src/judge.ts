/** `mmulab judge`: which policies explain what a real kernel did. */
import { type Judgement, judge as judgeRecord } from '@mmulab/records'
import { count, judgementText, recordsJson } from '@mmulab/report'
import { EXIT } from './exit.ts'
import type { Io } from './io.ts'
import { labFor } from './lab.ts'
import { type Common, paintFor, widthFor, writeJson } from './output.ts'
import { progressLine } from './progress.ts'
import { usage } from './usage.ts'

export interface JudgeOptions extends Common {
  readonly policy?: readonly string[]
}

/** A kernel of each list behaviour, and the one that most records come from. */
const POLICIES = ['mainline@4.19', 'mainline@5.4', 'mainline@5.12', 'mainline@6.1']

export async function judge(files: readonly string[], o: JudgeOptions, io: Io): Promise<number> {
  const lab = await labFor(o, io)
  const policies = (o.policy ?? POLICIES).map((name) => lab.policy(name))
  // All are read before the first is judged: a missing one is known at once.
  const texts = files.map((file) => ({ file, text: readRecord(file, io) }))
  const line = progressLine(io, !o.quiet)
  const judgements: Judgement[] = []
  try {
    for (const [i, { file, text }] of texts.entries()) {
      line.show(i + 1, texts.length, file)
      judgements.push(judgeRecord(text, { file, policies }))
      await io.pause()
    }
  } finally {
    line.clear()
  }
  if (o.json) writeJson(io, recordsJson(judgements))
  else {
    const paint = paintFor(io, o)
    const width = widthFor(io)
    const texts = judgements.map((j) => judgementText(j, { paint, width }))
    io.out([...texts, ...(judgements.length > 1 ? [summary(judgements)] : [])].join('\n'))
  }
  return statusOf(judgements)
}

type Fate = 'explained' | 'refused' | 'unsupported'

/** By the best that any policy could do. */
function fateOf(j: Judgement): Fate {
  const has = (verdict: Fate): boolean => j.verdicts.some((v) => v.verdict === verdict)
  return has('explained') ? 'explained' : has('refused') ? 'refused' : 'unsupported'
}

function statusOf(judgements: readonly Judgement[]): number {
  const fates = judgements.map(fateOf)
  if (fates.includes('refused')) return EXIT.violated
  return fates.includes('unsupported') ? EXIT.unfinished : EXIT.holds
}

function summary(judgements: readonly Judgement[]): string {
  const fates = judgements.map(fateOf)
  const number = (fate: Fate): number => fates.filter((f) => f === fate).length
  const parts = [
    `${number('explained')} explained by some policy asked`,
    ...(number('refused') ? [`${number('refused')} explained by none`] : []),
    ...(number('unsupported') ? [`${number('unsupported')} that cannot be judged yet`] : []),
  ]
  return `${count(judgements.length, 'record')}: ${parts.join(', ')}.\n`
}

const REASONS: Readonly<Record<string, readonly [string, string]>> = {
  ENOENT: ['FILE_MISSING', 'There is no file'],
  EISDIR: ['FILE_IS_FOLDER', 'This is a folder, not a record:'],
  EACCES: ['FILE_UNREADABLE', 'There is no permission to read'],
}

/** The text of a file that is to be a record. @throws LabError FILE_MISSING, FILE_IS_FOLDER, FILE_UNREADABLE */
export function readRecord(file: string, io: Io): string {
  try {
    return io.read(file)
  } catch (error) {
    const code = (error as { code?: unknown }).code
    const [name, words] = REASONS[String(code)] ?? ['FILE_UNREADABLE', 'This file cannot be read:']
    const hint =
      name === 'FILE_IS_FOLDER'
        ? `mmulab judge ${file.replace(/\/$/, '')}/*.txt`
        : 'mmulab judge FILE... wants the records of a kernel, one file a run.'
    throw usage(name, `${words} ${file}`, hint)
  }
}
