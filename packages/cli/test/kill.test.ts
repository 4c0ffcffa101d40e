// A real process with real files: killed at random moments, it loses no more than what was done since its last checkpoint.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'tsup'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { words } from './host.ts'

/** Some hundred thousand states, a second or two; and one of many millions. */
const CELL =
  'check --policy mainline@5.4 --drivers kvm --scenario hole-punch --size large --reductions none'
const BIG =
  'check --policy mainline@5.4 --drivers kvm+rdma-odp --scenario overlap --size large --reductions none'
const SEED = 20261120
const KILLS = 6

const folder = mkdtempSync(join(tmpdir(), 'mmulab-kill-'))
const main = join(folder, 'dist/main.js')
const file = join(folder, 'checkpoint')

beforeAll(async () => {
  mkdirSync(join(folder, 'dist'))
  const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
  writeFileSync(join(folder, 'package.json'), readFileSync(here('../package.json')))
  await build({
    entry: { main: here('../src/main.ts') },
    outDir: join(folder, 'dist'),
    format: 'esm',
    target: 'node20',
    silent: true,
    config: false,
    // One file of sources: nothing has to have been built.
    splitting: false,
    noExternal: [/.*/],
    external: ['jiti'],
    banner: {
      js: "import{createRequire as r}from'node:module';const require=r(import.meta.url);",
    },
    esbuildOptions(options) {
      options.conditions = ['@mmulab/source']
    },
  })
}, 120_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs to its end, or until it is killed; the bytes that were known to the checkpoint then. */
function run(line: string, signal?: NodeJS.Signals, after = 0) {
  return new Promise<{ status: number | null; out: string; err: string }>((done) => {
    const child = spawn(process.execPath, [main, ...words(line)], { cwd: folder })
    let [out, err] = ['', '']
    child.stdout.on('data', (text) => {
      out += text
    })
    child.stderr.on('data', (text) => {
      err += text
    })
    const timer = signal && setTimeout(() => child.kill(signal), after)
    child.on('close', (status) => {
      clearTimeout(timer)
      done({ status, out, err })
    })
  })
}

const cellOf = (out: string) => JSON.parse(out).cells[0]

function expandedIn(bytes: Buffer): number {
  const length = bytes.readUInt32LE(12)
  return JSON.parse(bytes.subarray(16, 16 + length).toString()).search.expanded
}

describe('a process that is killed', () => {
  it(`goes on from its last checkpoint, to the same end (seed ${SEED})`, async () => {
    const began = performance.now()
    const whole = await run(`${CELL} --json`)
    const took = performance.now() - began
    expect(cellOf(whole.out)).toMatchObject({ complete: true })
    expect(cellOf(whole.out).states).toBeGreaterThan(200_000)
    let random = SEED
    let next = `${CELL} --checkpoint ${file}`
    let [known, kept] = [0, 0]
    for (let i = 0; i < KILLS; i++) {
      random = (Math.imul(random, 1664525) + 1013904223) >>> 0
      await run(
        `${next} --checkpoint-every 1ms`,
        'SIGKILL',
        took * (0.2 + (0.5 * random) / 2 ** 32),
      )
      if (!existsSync(file)) continue
      kept++
      // Whole, however the process ended, and never behind what was kept before.
      const expanded = expandedIn(readFileSync(file))
      expect(expanded).toBeGreaterThanOrEqual(known)
      known = expanded
      next = `check --resume ${file}`
    }
    console.info(`killed ${KILLS} times, ${kept} with a checkpoint, which knew ${known} states`)
    expect(kept).toBeGreaterThan(0)
    const last = await run(`check --resume ${file} --json`)
    expect([last.status, last.err]).toEqual([whole.status, ''])
    expect(cellOf(last.out)).toEqual(cellOf(whole.out))
  }, 120_000)

  it.skipIf(process.platform === 'win32').each(['SIGINT', 'SIGTERM'] as const)(
    'tells what it knows at %s, and leaves a checkpoint',
    async (signal) => {
      const { status, out, err } = await run(`${BIG} --json`, signal, 2000)
      expect(status).toBe(20)
      expect(cellOf(out).claims.memory.verdict).toBe('unfinished')
      expect(err).toContain('mmulab check --resume mmulab.checkpoint')
      const more = await run('check --resume mmulab.checkpoint --json --max-time 1s')
      expect(cellOf(more.out).complete).toBe(false)
      expect(cellOf(more.out).states).toBeGreaterThanOrEqual(cellOf(out).states)
    },
    60_000,
  )

  it.skipIf(!existsSync('/dev/full'))('says so once when it cannot write', () => {
    const line = `${CELL} --checkpoint /proc/nothing --checkpoint-every 1ms --json`
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...words(line)], {
      encoding: 'utf8',
    })
    expect([0, 10]).toContain(status)
    expect(cellOf(stdout).complete).toBe(true)
    expect(stderr.match(/CHECKPOINT_NOT_WRITTEN/g)).toHaveLength(1)
  })
})
