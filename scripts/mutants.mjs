// Counts the tables of docs/mutants.md: `npm run mutants` breaks everything that ships, `npm run mutants kvm@5.11 +mayfail` only
// what is named. Each is broken in a process of its own, as many at once as there are processors.
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'

const path = (relative) => fileURLToPath(new URL(`../${relative}`, import.meta.url))
const PAGE = path('docs/mutants.md')

function mmulab(...args) {
  const child = spawn(process.execPath, [path('packages/cli/dist/main.js'), ...args, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const chunks = []
  child.stdout.on('data', (chunk) => chunks.push(chunk))
  return new Promise((done, fail) => {
    child.on('error', fail)
    child.on('close', (code) =>
      code === 0
        ? done(JSON.parse(Buffer.concat(chunks).toString()))
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

const { drivers, policies, patches } = await mmulab('list')
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

const queue = shipped.filter(({ name }) => wanted.length === 0 || wanted.includes(name))
const counted = new Map()
async function work() {
  for (let next = queue.shift(); next; next = queue.shift()) {
    const { subjects, mutants } = await mmulab('conform', next.name, '--mutants', '--quiet')
    counted.set(next, subjects)
    for (const { name, total, killed, killedByCounts, equivalent, survived } of subjects)
      console.log(
        `${name}: ${total} mutants, ${killed} killed (${killedByCounts} by counts alone), ${equivalent} equivalent, ${survived} survived`,
      )
    for (const m of mutants) if (m.fate === 'survived') console.log(`  survived: ${m.name}`)
  }
}
await Promise.all(Array.from({ length: availableParallelism() }, work))

let page = readFileSync(PAGE, 'utf8')
const known = rowsOf(page)
for (const kind of ['driver', 'policy']) {
  // What was not counted now keeps the rows that it has, in the order of what ships.
  const rows = shipped
    .filter((s) => s.kind === kind)
    .flatMap((s) => {
      const now = counted.get(s)
      if (now?.length === 0) return [[s.row ?? s.name, [0, 0, 0, 0, 0]]]
      if (now)
        return now.map((n) => [
          n.name,
          [n.total, n.killed, n.killedByCounts, n.equivalent, n.survived],
        ])
      const own = s.row ?? s.name
      return [...known].filter(
        ([name]) => name === own || (name.startsWith(`${own}@`) && !name.includes('+')),
      )
    })
  page = page.replace(
    new RegExp(`(<!-- ${kind} -->\n)[^]*?(\n<!-- /${kind} -->)`),
    (_, before, after) => `${before}${table(kind, rows)}${after}`,
  )
}
writeFileSync(PAGE, page)
