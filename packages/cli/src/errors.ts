/** What is said when something is wrong: one sentence, the code, the alternatives, one thing to do next. No stack. */
import { LabError } from '@mmulab/model'
import { SCHEMA, wrap } from '@mmulab/report'
import { EXIT } from './exit.ts'
import type { Io } from './io.ts'
import { writeJson } from './output.ts'

const STATUS = { usage: EXIT.usage, plugin: EXIT.plugin, internal: EXIT.internal } as const

/** More names than this help nobody. */
/** All versions of mainline that differ are among them. */
const NAMES = 12

/** Says it on stderr, and on stdout as JSON where JSON was asked for. Returns the exit status. */
export function reportError(
  thrown: unknown,
  io: Io,
  how: { json: boolean; debug: boolean },
): number {
  const error = asLabError(thrown)
  const { code, message, where, known, hint } = error
  if (how.json)
    writeJson(io, {
      schema: SCHEMA,
      error: { code, message, ...(where !== undefined && { where }), known, hint: hint ?? null },
    })
  io.err(errorText(error))
  if (how.debug && thrown instanceof Error) io.err(`${thrown.stack}\n`)
  return code === 'MEMORY_EXHAUSTED' ? EXIT.unfinished : STATUS[error.kind]
}

/** The error as people read it, with a line end. */
export function errorText({ code, message, where, known, hint }: LabError): string {
  const facts: [string, string | undefined][] = [
    ['code', code],
    ['where', where],
    ['known', namesOf(known)],
    ['hint', hint],
  ]
  const lines = facts.flatMap(([label, text]) =>
    text ? wrap(text, 89).map((l, i) => `  ${(i ? '' : label).padEnd(7)}${l}`) : [],
  )
  return `${[...wrap(`mmulab: ${message}`, 98, 2), ...lines].join('\n')}\n`
}

const namesOf = (known: readonly string[]): string =>
  known.length <= NAMES
    ? known.join(', ')
    : `${known.slice(0, NAMES).join(', ')} and ${known.length - NAMES} more`

function asLabError(thrown: unknown): LabError {
  if (thrown instanceof LabError) return thrown
  // A plugin may bring its own copy of the model, and its errors are as good.
  if (thrown instanceof Error && thrown.name === 'LabError') return thrown as LabError
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  if (thrown instanceof RangeError && /allocation|array length|out of memory/i.test(message))
    return new LabError({
      code: 'MEMORY_EXHAUSTED',
      kind: 'internal',
      message: 'There is not enough memory to go on.',
      hint: 'Set a limit to get verdicts on what fits: --max-memory 2G or --max-states 1000000.',
    })
  return new LabError({
    code: 'INTERNAL',
    kind: 'internal',
    message: `Something in mmulab is wrong: ${message}`,
    hint: 'Please report it with the command you ran; --debug adds where it happened.',
  })
}
