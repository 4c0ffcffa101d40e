/** Which functions of two tasks were ever about to run at the same time. */
import type { CheckResult, Together } from '@mmulab/checker'
import { indent, pad, widthOf, wrap } from './text.ts'

/** Per pair of tasks a line for each function of the first one: with which ops of the other's it met, and with which never. */
export function togetherText({ together, complete }: CheckResult, width: number): string[] {
  if (!together) return ['Pairs of ops: not looked at, as not all interleavings were']
  const never = complete ? 'never with' : 'not so far with'
  const byTasks = groupBy(together, (t) => t.tasks.join(' and '))
  return [
    'Pairs of ops that were ever possible at the same time, by kernel function',
    ...[...byTasks].flatMap(([tasks, pairs]) => [
      ...indent([tasks], 2),
      ...[...groupBy(pairs, (t) => t.functions[0])].flatMap(([own, others]) => [
        ...indent(wrap(own, width - 4, 2), 4),
        ...table(others.filter((t) => t.together > 0)),
        ...line(
          never,
          others.filter((t) => t.together === 0),
          width,
        ),
      ]),
    ]),
  ]
}

function table(met: readonly Together[]): string[] {
  const counts = met.map((t) => `${t.together} of ${t.of}`)
  const wide = Math.max(0, ...counts.map(widthOf))
  return met.map((t, i) => `      ${pad(counts[i] ?? '', wide)}  ${t.functions[1]}`)
}

const line = (words: string, list: readonly Together[], width: number): string[] =>
  list.length === 0
    ? []
    : indent(wrap(`${words} ${list.map((t) => t.functions[1]).join(', ')}`, width - 6, 2), 6)

function groupBy<T>(list: readonly T[], key: (x: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const x of list) groups.set(key(x), [...(groups.get(key(x)) ?? []), x])
  return groups
}
