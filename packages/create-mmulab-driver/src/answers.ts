/** What has to be known before anything is written, from the command line or, where a person sits there, by asking. */
import { basename, resolve } from 'node:path'
import { CreateError } from './error.ts'

export const KINDS = ['interval', 'list'] as const
type Kind = (typeof KINDS)[number]

export interface Flags {
  readonly name?: string
  readonly kind?: Kind
  readonly title?: string
  /** A package of its own, wherever it is made. */
  readonly outside?: boolean
}

export interface Answers {
  /** As the lab knows it. */
  readonly name: string
  readonly kind: Kind
  readonly title: string
}

/** Asks one question; undefined where nobody is there to answer. */
export type Ask = ((question: string, otherwise: string) => Promise<string>) | undefined

const KIND_DEFAULT: Kind = 'interval'
const TITLE_DEFAULT = 'a device with a page table of its own'

/** @throws CreateError NAME_MISSING, BAD_NAME, BAD_KIND */
export async function answersFrom(
  folder: string | undefined,
  flags: Flags,
  ask: Ask,
): Promise<Answers> {
  const given = flags.name ?? (folder === undefined ? undefined : basename(resolve(folder)))
  const name = given ?? (await ask?.('Name of the driver', 'my-device'))
  if (name === undefined)
    throw new CreateError({
      code: 'NAME_MISSING',
      message: 'The driver needs a name.',
      hint: 'npm create mmulab-driver@latest my-device',
    })
  const kind =
    flags.kind ??
    kindFrom(
      (await ask?.(`Kind of notifier (${KINDS.join(' or ')})`, KIND_DEFAULT)) ?? KIND_DEFAULT,
    )
  const title =
    flags.title ?? (await ask?.('What it is, in one line', TITLE_DEFAULT)) ?? TITLE_DEFAULT
  return { name: checkedName(name), kind, title: oneLine(title) }
}

/** The names that the lab takes, as long as npm takes them too. */
function checkedName(name: string): string {
  if (/^[a-z0-9][a-z0-9-]*$/.test(name) && name.length <= 100) return name
  throw new CreateError({
    code: 'BAD_NAME',
    message: `${JSON.stringify(name)} is no name for a driver: lower-case letters, digits and dashes, at most 100.`,
    hint: 'Another folder, or --name my-device beside it.',
  })
}

function kindFrom(text: string): Kind {
  const kind = KINDS.find((k) => k === text)
  if (kind) return kind
  throw new CreateError({
    code: 'BAD_KIND',
    message: `There is no kind of notifier called ${JSON.stringify(text)}.`,
    hint: `Known are ${KINDS.join(' and ')}: --kind ${KIND_DEFAULT}.`,
  })
}

/** It goes between quotes into a source file. */
const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim() || TITLE_DEFAULT
