// `npm start`, `npm test` and their friends on a machine with only Node and npm.
//
// Fetches the pnpm pinned in package.json, installs once per lockfile, then runs
// the task. Uses node: modules only, so it works before anything is installed.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = new URL('..', import.meta.url)
const path = (relative) => fileURLToPath(new URL(relative, root))
const manifest = JSON.parse(readFileSync(path('package.json'), 'utf8'))
const [task = 'start', ...rest] = process.argv.slice(2)
const windows = process.platform === 'win32'

process.env.TURBO_TELEMETRY_DISABLED ??= '1'
// turbo starts pnpm by name
process.env.PATH = `${path('node_modules/.bin')}${delimiter}${process.env.PATH}`

// `mmulab compare` ran to its end and found broken promises.
const VIOLATIONS_FOUND = 10

/** Runs a command to its end and leaves with its exit code, unless that is among `ok`. */
function run(command, args, { quiet = false, ok = [0] } = {}) {
  const done = spawnSync(command, args, {
    cwd: root,
    stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    maxBuffer: Number.POSITIVE_INFINITY,
    shell: windows && command !== process.execPath,
  })
  if (done.error) throw done.error
  if (ok.includes(done.status)) return
  if (quiet) {
    process.stderr.write(done.stdout)
    process.stderr.write(done.stderr)
  }
  process.exit(done.status ?? 1)
}

function pnpm(args, options) {
  const local = path('node_modules/.bin/pnpm')
  if (existsSync(local) && !windows) run(local, args, options)
  else run('npx', ['--yes', manifest.packageManager, ...args], options)
}

// Biome colours its report even when nobody looks at it.
const plain = process.stdout.isTTY ? [] : ['--colors=off']
const script = (name, ...args) =>
  pnpm(['run', `ci:${name}`, ...(name === 'lint' ? plain : []), ...args])
const node = (file, args, options) => run(process.execPath, [path(file), ...args], options)

function install() {
  const stamp = path('node_modules/.installed')
  const want = createHash('sha256')
    .update(readFileSync(path('pnpm-lock.yaml')))
    .digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === want) return
  console.log('Installing dependencies (first run, or the lockfile changed) …')
  pnpm(['install', '--frozen-lockfile'], { quiet: true })
  mkdirSync(path('node_modules'), { recursive: true })
  writeFileSync(stamp, want)
}

/** Builds in silence what has changed; `product` is a file that tells whether it was ever built. */
function build(product, ...filters) {
  if (!existsSync(path(product))) console.log('Building (first run, up to a minute) …')
  const selection = filters.flatMap((filter) => ['--filter', filter])
  run('turbo', ['run', 'build', '--output-logs=errors-only', ...selection], { quiet: true })
}

const cli = 'packages/cli/dist/main.js'
const bench = 'packages/bench/dist/main.js'
const page = 'apps/lab/dist/index.html'

const tasks = {
  start: () => {
    build(cli, 'mmulab...')
    node(cli, ['compare', ...rest], { ok: [0, VIOLATIONS_FOUND] })
  },
  test: () => {
    build(page)
    script('test', ...rest)
  },
  app: () => {
    build(page, '@mmulab/lab')
    pnpm(['--silent', '--filter', '@mmulab/lab', 'run', 'preview', ...rest])
  },
  bench: () => {
    build(bench, '@mmulab/bench...')
    node(bench, rest)
  },
  fidelity: () => script('fidelity'),
  mutants: () => {
    build(cli, 'mmulab...')
    node('scripts/mutants.mjs', rest)
  },
  negative: () => node('scripts/negative.mjs', rest),
  build: () => script('build', ...rest),
  lint: () => script('lint'),
  typecheck: () => script('typecheck'),
  check: () => {
    for (const step of ['lint', 'build', 'typecheck', 'test', 'pack', 'unused']) script(step)
  },
}

if (!Object.hasOwn(tasks, task)) {
  console.error(`Unknown task "${task}". Known: ${Object.keys(tasks).join(', ')}.`)
  process.exit(2)
}
install()
tasks[task]()
