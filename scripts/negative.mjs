// Fills in the tables of docs/negative-set.md: `npm run negative` explores every cell of drivers that never refuse whole, `npm run negative
// -- two-kvms-path -t mainline@6.6` those of one of the files `nobody-refuses-*.test.ts` under one policy. What has been explored is kept, and
// found again as long as neither the model of the cell nor the checker has changed; `--fresh` forgets it.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const path = (relative) => fileURLToPath(new URL(`../${relative}`, import.meta.url))
const PAGE = path('docs/negative-set.md')

/** A short name for all sources in some folders. */
function hashOf(folders) {
  const hash = createHash('sha256')
  for (const folder of folders)
    for (const file of readdirSync(path(folder), { recursive: true }).sort())
      if (/(^|\/)src\/.*\.ts$/.test(`${folder}/${file}`.replaceAll('\\', '/')))
        hash.update(readFileSync(path(`${folder}/${file}`)))
  return hash.digest('hex').slice(0, 12)
}

const MODEL = ['model', 'core', 'drivers', 'policies', 'scenarios'].map((p) => `packages/${p}`)
const KEPT = path(`node_modules/.cache/mmulab/negative-${hashOf(['packages/checker'])}.jsonl`)
mkdirSync(path('node_modules/.cache/mmulab'), { recursive: true })
const args = process.argv.slice(2)
if (args.includes('--fresh')) rmSync(KEPT, { force: true })
forgetAnswers(hashOf(MODEL))

const options = args.filter((arg) => arg !== '--fresh')
const flag = options.findIndex((arg) => arg.startsWith('-'))
const files = flag < 0 ? options : options.slice(0, flag)
// Two of the largest worlds at a time may be more than a machine has memory for.
const rest = [...(flag < 0 ? [] : options.slice(flag))]
if (!rest.some((arg) => arg.startsWith('--maxWorkers'))) rest.push('--maxWorkers=1')
const { status } = spawnSync(
  process.execPath,
  [
    path('node_modules/vitest/vitest.mjs'),
    ...['run', '--project', 'unit', '--passWithNoTests=false'],
    ...(files.length > 0 ? files.map((f) => `nobody-refuses-${f}`) : ['nobody-refuses-']),
    ...rest,
  ],
  { cwd: path('.'), stdio: 'inherit', env: { ...process.env, MMULAB_WHOLE: KEPT } },
)
/** Worlds stay known when a source of the model changes, but which cell is which world has to be asked again. */
function forgetAnswers(sources) {
  const lines = existsSync(KEPT) ? readFileSync(KEPT, 'utf8').split('\n') : []
  if (lines.some((line) => lineOf(line).sources === sources)) return
  const worlds = lines.filter((line) => lineOf(line).world || lineOf(line).question)
  writeFileSync(KEPT, [...worlds, JSON.stringify({ sources })].join('\n'))
}

function summarise(text) {
  const rows = new Map()
  const worlds = new Map()
  const answers = new Map()
  for (const line of text.split('\n')) {
    const { what, asked, world, cell, states, seconds, of, claims } = lineOf(line)
    if (asked) rows.set(what, asked)
    if (world) worlds.set(world, { cell, states, seconds })
    if (of) answers.set(cell, { of, claims })
  }
  const table = [...rows].map(([what, asked]) => rowOf(what, asked, worlds, answers))
  const largest = [...worlds]
    .sort(([, a], [, b]) => b.states - a.states)
    .slice(0, 20)
    .map(([world, { cell, states, seconds }]) => {
      const cells = [...answers.values()].filter((a) => a.of === world).length
      const [policy, drivers, scenario] = cell.split('|')
      return `| ${policy} | ${drivers} | ${scenario} | ${cells} | ${grouped(states)} | ${Math.round(seconds)} |`
    })
  const page = readFileSync(PAGE, 'utf8')
    .replace(between('cells'), `$1${[HEAD, ...table].join('\n')}$2`)
    .replace(between('worlds'), `$1${[WORLDS, ...largest].join('\n')}$2`)
  writeFileSync(PAGE, page)
  console.log([HEAD, ...table].join('\n'))
}

const HEAD = `| drivers and scenarios | cells | explored whole | of these broken | worlds | states stored | CPU s |
|---|---:|---:|---:|---:|---:|---:|`
const WORLDS = `| first met under | drivers | scenario | cells | states stored | CPU s |
|---|---|---|---:|---:|---:|`

function rowOf(what, asked, worlds, answers) {
  const answered = asked.flatMap((cell) => answers.get(cell) ?? [])
  const whole = answered.filter(({ claims }) => !claims.includes('unfinished'))
  const broken = whole.filter(({ claims }) => claims.length > 0)
  const met = [...new Set(whole.map(({ of }) => of))].flatMap((world) => worlds.get(world) ?? [])
  const sum = (key) => Math.round(met.reduce((total, world) => total + world[key], 0))
  const numbers = [
    asked.length,
    whole.length,
    broken.length,
    met.length,
    sum('states'),
    sum('seconds'),
  ]
  return `| ${what} | ${numbers.map(grouped).join(' | ')} |`
}

const grouped = (n) => n.toLocaleString('en')
const between = (name) => new RegExp(`(<!-- ${name} -->\n)[^]*?(\n<!-- /${name} -->)`)

/** A run that was killed leaves half a line. */
function lineOf(line) {
  try {
    return JSON.parse(line)
  } catch {
    return {}
  }
}

if (existsSync(KEPT)) summarise(readFileSync(KEPT, 'utf8'))
process.exit(status ?? 1)
