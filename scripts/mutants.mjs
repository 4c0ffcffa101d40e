// Counts the tables of docs/mutants.md: `npm run mutants` breaks everything that ships, `npm run mutants kvm@5.11 +mayfail` only
// what is named. Each is broken in a process of its own, as many at once as there are processors. A row is written as soon as it
// is counted; stopped and started again, it goes on with what this build has not counted yet. What is named is counted anew.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

const path = (relative) => fileURLToPath(new URL(`../${relative}`, import.meta.url))
const PAGE = path('docs/mutants.md')
const COUNTED = path('node_modules/.cache/mutants.json')

/** Says on the fourth channel how many microseconds of a processor the process has used. */
const METER = `data:text/javascript,${encodeURIComponent(
  "import { writeSync } from 'node:fs'; process.on('exit', () => { const { user, system } = process.cpuUsage(); writeSync(3, String(user + system)) })",
)}`

/** What the command prints as JSON, and the seconds of a processor that it took. */
function mmulab(...args) {
  const command = ['--import', METER, path('packages/cli/dist/main.js'), ...args, '--json']
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit', 'pipe'] })
  const text = ['', '']
  for (const [i, from] of [child.stdout, child.stdio[3]].entries()) {
    from.setEncoding('utf8')
    from.on('data', (chunk) => {
      text[i] += chunk
    })
  }
  return new Promise((done, fail) => {
    child.on('error', fail)
    child.on('close', (code) =>
      code === 0
        ? done({ json: JSON.parse(text[0]), cpu: Number(text[1]) / 1e6 })
        : fail(new Error(`mmulab ${args.join(' ')} left with ${code}`)),
    )
  })
}

/** A row that was made before the page had a column has nothing in it. */
const UNKNOWN = '–'

/** Rows of the page, by name. */
const rowsOf = (page) =>
  new Map(
    [...page.matchAll(/^\| `([^`]+)` \|([\d |–]+)\|$/gm)].map(([, name, numbers]) => [
      name,
      numbers.split('|').map(Number),
    ]),
  )

const cells = (numbers) => numbers.map((n) => (Number.isNaN(n) ? UNKNOWN : n)).join(' | ')

function table(kind, rows) {
  const sums = [0, 1, 2, 3, 4].map((i) => rows.reduce((sum, [, numbers]) => sum + numbers[i], 0))
  return [
    `| ${kind} | mutants | killed | by counts alone | equivalent | survived |`,
    '|---|---:|---:|---:|---:|---:|',
    ...rows.map(([name, numbers]) => `| \`${name}\` | ${cells(numbers)} |`),
    `| all | ${cells(sums)} |`,
  ].join('\n')
}

/** A file is there whole or not at all, whenever this is stopped. */
function write(file, text) {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(`${file}.new`, text)
  renameSync(`${file}.new`, file)
}

/** What the packages that are counted with are built of. */
function buildOf(folders) {
  const hash = createHash('sha256')
  for (const folder of folders)
    for (const name of readdirSync(path(folder)).sort()) {
      const dist = path(`${folder}/${name}/dist`)
      if (!existsSync(dist)) continue
      for (const file of readdirSync(dist).sort())
        if (file.endsWith('.js')) hash.update(readFileSync(`${dist}/${file}`))
    }
  return hash.digest('hex')
}

const { drivers, policies, patches } = (await mmulab('list')).json
/** What can be broken: how it is named on the command line, and the row that it has where nothing of it is broken. */
const shipped = [
  ...drivers.map(({ name, era }) => ({ kind: 'driver', name: `${name}@${era}` })),
  ...policies.map(({ name }) => ({ kind: 'policy', name })),
  ...patches.map(({ name, example }) => ({ kind: 'policy', name: `+${name}`, row: example })),
]
const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !shipped.some((s) => s.name === name))
if (unknown.length > 0) {
  console.error(
    `Nothing is called ${unknown.join(', ')}; there are ${shipped.map((s) => s.name).join(', ')}.`,
  )
  process.exit(2)
}

/** Rows that this build has counted, by what they are called on the command line. */
const build = buildOf(['packages', 'packages/drivers', 'packages/policies'])
const before = existsSync(COUNTED) ? JSON.parse(readFileSync(COUNTED, 'utf8')) : {}
const counted = before.build === build ? before.counted : {}

/** The page with what has been counted; what has not keeps the rows that it has, in the order of what ships. */
function put() {
  let page = readFileSync(PAGE, 'utf8')
  const known = rowsOf(page)
  for (const kind of ['driver', 'policy']) {
    const rows = shipped
      .filter((s) => s.kind === kind)
      .flatMap(({ name, row = name }) => {
        const now = counted[name]
        if (now?.length === 0) return [[row, [0, 0, 0, 0, 0]]]
        if (now) return now
        return [...known].filter(
          ([n]) => n === row || (n.startsWith(`${row}@`) && !n.includes('+')),
        )
      })
    page = page.replace(
      new RegExp(`(<!-- ${kind} -->\n)[^]*?(\n<!-- /${kind} -->)`),
      (_, head, foot) => `${head}${table(kind, rows)}${foot}`,
    )
  }
  write(PAGE, page)
  write(COUNTED, JSON.stringify({ build, counted }))
}

const queue = shipped.filter(({ name }) =>
  wanted.length === 0 ? counted[name] === undefined : wanted.includes(name),
)
const left = shipped.length - queue.length
if (wanted.length === 0 && left > 0) console.log(`${left} have been counted with this build.`)
const all = queue.length
let done = 0
let seconds = 0
const failed = []

async function work() {
  for (let next = queue.shift(); next; next = queue.shift()) {
    try {
      const { json, cpu } = await mmulab('conform', next.name, '--mutants', '--quiet')
      counted[next.name] = json.subjects.map((s) => [
        s.name,
        [s.total, s.killed, s.killedByCounts, s.equivalent, s.survived],
      ])
      put()
      seconds += cpu
      console.log(`${++done} of ${all}: ${next.name}, ${cpu.toFixed(0)} s`)
      for (const { name, total, killed, killedByCounts, equivalent, survived } of json.subjects)
        console.log(
          `  ${name}: ${total} mutants, ${killed} killed (${killedByCounts} by counts alone), ${equivalent} equivalent, ${survived} survived`,
        )
      for (const m of json.mutants) if (m.fate === 'survived') console.log(`  survived: ${m.name}`)
    } catch (error) {
      failed.push(next.name)
      console.error(`${++done} of ${all}: ${next.name}: ${error.message}`)
    }
  }
}

await Promise.all(Array.from({ length: availableParallelism() }, work))
console.log(`${(seconds / 60).toFixed(1)} minutes of one processor.`)
if (failed.length > 0) {
  console.error(`Not counted: ${failed.join(', ')}.`)
  process.exit(1)
}
