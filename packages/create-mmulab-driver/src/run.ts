/** From arguments to a folder full of files, or one error. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { Command, CommanderError, Option } from 'commander'
import { type Answers, type Ask, answersFrom, type Flags, KINDS } from './answers.ts'
import { CreateError, errorText } from './error.ts'
import { filesOf } from './files.ts'
import { type Place, placeFor } from './place.ts'

/** What it wants from its host, so that tests can be the host. */
export interface Host {
  readonly cwd: string
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  readonly ask: Ask
}

const USAGE = 2

/** Answers the exit status. */
export async function run(argv: readonly string[], host: Host): Promise<number> {
  try {
    const program = programOf(host)
    program.parse([...argv], { from: 'user' })
    const [folder] = program.args
    const flags = program.opts<Flags>()
    const answers = await answersFrom(folder, flags, host.ask)
    const place = placeFor(host.cwd, folder, answers.name, flags.outside === true)
    write(place, answers)
    host.out(closing(place, answers, host.cwd))
    return 0
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0
    const said = asCreateError(error)
    if (!said) throw error
    host.err(errorText(said))
    return USAGE
  }
}

function programOf(host: Host): Command {
  const program = new Command('create-mmulab-driver')
    .description('Makes a driver package for mmulab that passes its own tests at once.')
    .argument('[folder]', 'the new folder; in a clone of mmulab packages/drivers/NAME')
    .option('--name <name>', 'the name of the driver, if it is not that of the folder')
    .addOption(
      new Option(
        '--kind <kind>',
        'an interval notifier (5.5 and later) or one on the list',
      ).choices(KINDS),
    )
    .option('--title <title>', 'what it is, in one line')
    .option('--outside', 'a package of its own, even in a clone of mmulab')
    .addHelpText(
      'before',
      `Examples:
  npm create mmulab-driver@latest my-device
  npm create mmulab-driver@latest my-device -- --kind list --title "my device, Linux 6.12"
`,
    )
    .addHelpText('after', '\nWhat is not given is asked for where a person sits at the terminal.')
  return program.exitOverride().configureOutput({
    writeOut: host.out,
    writeErr: host.err,
    outputError: () => {},
  })
}

function write({ folder, monorepo }: Place, answers: Answers): void {
  for (const [path, text] of filesOf(answers, monorepo !== undefined)) {
    const file = join(folder, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
}

/** The commands to type next, as they would be typed. */
function closing({ folder, monorepo }: Place, { name }: Answers, cwd: string): string {
  const here = relative(cwd, folder)
  const next = monorepo
    ? [
        ...(monorepo === cwd ? [] : [`cd ${relative(cwd, monorepo)}`]),
        'npx pnpm install',
        `npx vitest run packages/drivers/${name}`,
      ]
    : [...(here === '' ? [] : [`cd ${here}`]), 'npm install', 'npm test']
  return `Made the driver ${name} in ${here || '.'}. Next:\n\n${next.map((l) => `    ${l}\n`).join('')}`
}

/** What a person can do something about; anything else is a defect and keeps its stack. */
function asCreateError(error: unknown): CreateError | undefined {
  if (error instanceof CreateError) return error
  if (error instanceof CommanderError)
    return new CreateError({
      code: 'USAGE',
      message: sentence(error.message.replace(/^error: /, '')),
      hint: 'npm create mmulab-driver@latest -- --help',
    })
  const { code, path } = error as NodeJS.ErrnoException
  if (code === 'EACCES' || code === 'EROFS' || code === 'ENOTDIR' || code === 'ENOSPC')
    return new CreateError({
      code: 'FOLDER_UNWRITABLE',
      message: `${path} cannot be written (${code}).`,
      hint: 'Another folder, or other permissions.',
    })
  return undefined
}

const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1).replaceAll('\n', ' ').replace(/\.$/, '')}.`
