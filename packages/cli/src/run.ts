/** From arguments to an exit status. Verbs are loaded when they are asked for. */

import { LabError } from '@mmulab/model'
import { Command, CommanderError, Option } from 'commander'
import { reportError } from './errors.ts'
import { EXAMPLES } from './examples.ts'
import { EXIT, EXIT_TABLE } from './exit.ts'
import type { Io } from './io.ts'
import { withLimits } from './limits.ts'
import { collect } from './usage.ts'
import { version } from './version.ts'

export async function run(argv: readonly string[], io: Io): Promise<number> {
  const debug = argv.includes('--debug') || !!io.env.MMULAB_DEBUG
  try {
    let status: number = EXIT.holds
    const program = programOf(io, (code) => {
      status = code
    })
    if (argv.length === 0) program.outputHelp()
    else await program.parseAsync([...argv], { from: 'user' })
    return status
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.holds
    const json = argv.includes('--json')
    return reportError(asUsage(error), io, { json, debug })
  }
}

/** What commander has to say, as one of our own errors. */
function asUsage(error: unknown): unknown {
  if (!(error instanceof CommanderError)) return error
  const [first = '', ...rest] = error.message.replace(/^error: /, '').split('\n')
  const hint = rest.join(' ').replace(/^\((.*)\)$/, '$1')
  return new LabError({
    code: 'USAGE',
    kind: 'usage',
    message: `${first.charAt(0).toUpperCase()}${first.slice(1).replace(/\.$/, '')}.`,
    hint: hint || 'mmulab --help shows the verbs, mmulab VERB --help the options of one.',
  })
}

function programOf(io: Io, done: (status: number) => void): Command {
  const program = new Command('mmulab')
    .description(
      'A laboratory for mmu notifiers: policies, drivers and scenarios in every interleaving.\nWhich promises hold, which break, and the shortest schedule that breaks them.',
    )
    .version(version())
    .addHelpText('before', `${EXAMPLES.mmulab}\n`)
    .addHelpText('after', `\n${EXIT_TABLE}\n\n${MACHINES}`)
  // Copied to every verb that is added afterwards.
  program.exitOverride().configureOutput({
    writeOut: io.out,
    writeErr: io.err,
    outputError: () => {},
  })

  verb(program, 'list', 'policies, drivers, scenarios and claims to choose from')
    .argument('[what]', 'policies, drivers, scenarios or claims')
    .action(async (what, options) =>
      done(await (await import('./list.ts')).list(what, options, io)),
    )

  withLimits(verb(program, 'compare', 'the matrix; with no arguments, the question of 2019'))
    .option('--policy <policy>', 'a column (again for more)', collect)
    .option('--drivers <a+b>', 'a driver set (again for more)', collect)
    .option('--scenario <scenario>', 'a scenario (again for more)', collect)
    .addOption(sizeOption())
    .option('--markdown', 'the matrix as Markdown tables')
    .option('--reductions <names>', REDUCTIONS)
    .action(async (options) => done(await (await import('./compare.ts')).compare(options, io)))

  withLimits(
    verb(program, 'check', 'one cell: every verdict, and the story of each broken promise'),
  )
    .option('--policy <policy>', 'such as mainline@5.4+unwind-on-fail', collect)
    .option('--drivers <a+b>', 'in the order of registration', collect)
    .option('--scenario <scenario>', 'see mmulab list scenarios', collect)
    .addOption(sizeOption())
    .option('--full', 'stories with every step, bookkeeping included')
    .option('--coverage', 'every op that is never reached, with its source')
    .option('--all', 'every cause of each broken promise, and not only the nearest')
    .option('--pairs', 'which functions of two tasks were ever about to run at the same time')
    .option('--smallest', 'leave out what each broken promise does not need, and tell that story')
    .option('--locks', 'what is taken while what is held, as lockdep sees it, and where')
    .option('--reductions <names>', REDUCTIONS)
    .option('--checkpoint <file>', 'keep what has been done there, every minute and at the end')
    .option('--no-checkpoint', 'leave none at Ctrl-C')
    .option('--checkpoint-every <time>', 'such as 10s')
    .option('--resume <file>', 'go on from a checkpoint; it names the cell')
    .action(async (options) => done(await (await import('./check.ts')).check(options, io)))

  verb(program, 'replay', 'the story of a token')
    .argument('<token>', 'from mmulab check or compare, such as mmu1.…')
    .option('--against <policy>', 'side by side with the same schedule under another policy')
    .option('--full', 'with every step, bookkeeping included')
    .action(async (token, options) =>
      done(await (await import('./replay.ts')).replay(token, options, io)),
    )

  verb(program, 'export', 'the world of a cell, for SPIN or as TLA+')
    .option('--policy <policy>', 'such as mainline@5.4+unwind-on-fail', collect)
    .option('--drivers <a+b>', 'in the order of registration', collect)
    .option('--scenario <scenario>', 'see mmulab list scenarios', collect)
    .addOption(sizeOption())
    .addOption(
      new Option('--format <format>', 'the language')
        .choices(['promela', 'tla'])
        .makeOptionMandatory(),
    )
    .option('--claim <claim>', 'judge only this one (again for more)', collect)
    .action(async (options) => done(await (await import('./export.ts')).exportWorld(options, io)))

  verb(program, 'cross-check', 'SPIN judges the same worlds: the same counts, the same verdicts?')
    .option('--policy <policy>', 'only cells under this one (again for more)', collect)
    .option('--drivers <a+b>', 'only cells of these (again for more)', collect)
    .option('--scenario <scenario>', 'only cells of this one (again for more)', collect)
    .addOption(sizeOption())
    .action(async (options) =>
      done(await (await import('./cross-check.ts')).crossCheck(options, io)),
    )

  verb(program, 'judge', 'which policies explain the records of real kernels')
    .argument('<file...>', 'records, one run each')
    .option('--policy <policy>', 'judge under this one (again for more)', collect)
    .action(async (files, options) =>
      done(await (await import('./judge.ts')).judge(files, options, io)),
    )

  verb(program, 'orders', 'which orders of callbacks two mm operations allow, beside a real kernel')
    .argument('[file...]', 'records of forced schedules, in place of those that are built in')
    .option('--policy <policy>', 'the kernel to ask: mainline@6.1, which was recorded', collect)
    .action(async (files, options) =>
      done(await (await import('./orders.ts')).orders(files, options, io)),
    )

  verb(program, 'conform', 'which rules of the contract a driver or a policy keeps')
    .argument(
      '[name]',
      'from mmulab list: kvm@5.11, mainline@5.12, +mayfail; or a file: ./my-driver.ts',
    )
    .option(
      '--mutants',
      'break it in every classic way: do the rules find it? (everything, if nothing is named)',
    )
    .action(async (driver, options) =>
      done(await (await import('./conform.ts')).conform(driver, options, io)),
    )

  verb(program, 'pairs', 'every driver beside every driver, under every kernel since 4.19')
    .option('--driver <name>', 'only pairs of these (again for more), without an era', collect)
    .option('--max-states <n>', 'states of a cell; what is not explored is unfinished')
    .option('--workers <n>', 'processes that share the rows (1)')
    .option('--progress', 'lines of progress on stderr though it is no terminal')
    .addOption(new Option('--part <i/n>', 'only these rows, one object on each line').hideHelp())
    .action(async (options) => done(await (await import('./pairs.ts')).pairs(options, io)))

  verb(
    program,
    'history',
    'the known bugs, each found where it was and gone where it was fixed',
  ).action(async (options) => done(await (await import('./history.ts')).history(options, io)))
  return program
}

type Verb = Exclude<keyof typeof EXAMPLES, 'mmulab'>

const MACHINES = `Results go to stdout, progress to stderr where that is a terminal. With --json stdout is one
object: {"schema":1, ...}, or {"schema":1,"error":{"code","message","known","hint"}}.
Environment: NO_COLOR, FORCE_COLOR, MMULAB_DEBUG.`

/** The names are those of the checker, which is not loaded for help. */
const REDUCTIONS =
  'leave out interleavings that cannot matter: none, all, some of fusion,partial-order,symmetry,slicing, or auto: all of them in large cells (auto)'

const sizeOption = (): Option =>
  new Option('--size <size>', 'how large the bounds of a scenario are').choices([
    'small',
    'medium',
    'large',
  ])

/** The known bugs and the pairs are about what ships. */
const hasLab = (name: Verb): boolean => name !== 'history' && name !== 'pairs'

function verb(program: Command, name: Verb, description: string): Command {
  const made = program.command(name).description(description)
  if (hasLab(name))
    made
      .option('--config <file>', 'plugins of your own; otherwise mmulab.config.ts, here or above')
      .option('--plugin <package>', 'a plugin by its package or file (again for more)', collect)
  return made
    .option('--json', 'one JSON object on stdout')
    .option('-q, --quiet', 'no progress')
    .option('--no-color', 'no colour')
    .option('--debug', 'where an error came from')
    .addHelpText('before', `${EXAMPLES[name]}\n`)
    .addHelpText('after', `\n${EXIT_TABLE}`)
}
