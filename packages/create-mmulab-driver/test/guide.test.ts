/** docs/a-driver-in-ten-minutes.md, followed word by word: every command typed, every file written, every patch applied. */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Registry, ROOT, startRegistry } from './registry.ts'

interface Command {
  readonly kind: 'command'
  readonly line: string
  readonly expected: readonly string[]
  readonly status: number
}
interface Fence {
  readonly kind: 'file' | 'patch'
  readonly path: string
  readonly text: string
}
type Step = Command | Fence

const squeeze = (line: string): string => line.replace(/ +/g, ' ').trim()

/** Commands with what they say, and fenced blocks: a file if its first line names one, a patch if it is a diff. */
function stepsIn(page: string): Step[] {
  const steps: Step[] = []
  const fences = page.split(/^```/m)
  for (const [i, part] of fences.entries()) {
    if (i % 2 === 1) steps.push(fenceOf(part))
    else steps.push(...commandsIn(part))
  }
  return steps
}

function fenceOf(part: string): Fence {
  const [language = '', ...lines] = part.split('\n')
  const text = lines.join('\n')
  if (language === 'diff') return { kind: 'patch', path: '', text }
  const path = /^\/\/ (\S+)$/.exec(lines[0] ?? '')?.[1]
  if (path === undefined) throw new Error(`a block without the name of a file:\n${text}`)
  return { kind: 'file', path, text }
}

function commandsIn(part: string): Command[] {
  return part
    .split('\n')
    .filter((line) => line.startsWith('    '))
    .join('\n')
    .split(/^ {4}\$ /m)
    .slice(1)
    .map((block) => {
      const [line = '', ...said] = block.split('\n')
      const expected = said.map(squeeze).filter((s) => s !== '')
      const status = /^\[(\d+)\]$/.exec(expected.at(-1) ?? '')?.[1]
      return {
        kind: 'command',
        line,
        expected: expected.filter((s) => !/^\[\d+\]$/.test(s)),
        status: Number(status ?? 0),
      }
    })
}

describe('a driver in ten minutes', () => {
  const dir = mkdtempSync(join(tmpdir(), 'mmulab-guide-'))
  let cwd = join(dir, 'somewhere')
  let registry: Registry | undefined

  beforeAll(async () => {
    mkdirSync(cwd)
    registry = await startRegistry(join(dir, 'packed'))
  }, 300_000)

  afterAll(() => {
    registry?.close()
    rmSync(dir, { recursive: true, force: true })
  })

  /** Nothing of this workspace, and nothing that an earlier run left in a cache. */
  const env = (): NodeJS.ProcessEnv => ({
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    NO_COLOR: '1',
    npm_config_registry: registry?.url,
    npm_config_cache: join(dir, 'cache'),
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_yes: 'true',
  })

  const type = (line: string, input = '') =>
    new Promise<{ status: number | null; said: string }>((done) => {
      const child = spawn('bash', ['-c', line], { cwd, env: env() })
      let said = ''
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk) => {
          said += chunk
        })
      child.on('close', (status) => done({ status, said }))
      child.stdin.end(input)
    })

  async function run(command: Command): Promise<void> {
    const folder = /^cd (\S+)$/.exec(command.line)?.[1]
    if (folder !== undefined) {
      cwd = join(cwd, folder)
      return
    }
    const { status, said } = await type(command.line)
    const lines = said.split('\n').map(squeeze)
    let at = 0
    for (const line of command.expected) {
      const next = lines.findIndex((s, i) => i >= at && s.includes(line))
      expect(next, `“${line}” after line ${at} of:\n${said}`).toBeGreaterThanOrEqual(at)
      at = next
    }
    expect(status, said).toBe(command.status)
  }

  async function follow(step: Step): Promise<void> {
    if (step.kind === 'command') return run(step)
    if (step.kind === 'file') return writeFileSync(join(cwd, step.path), step.text)
    const { status, said } = await type('patch -p0', step.text)
    expect(status, said).toBe(0)
  }

  const page = readFileSync(join(ROOT, 'docs/a-driver-in-ten-minutes.md'), 'utf8')
  for (const step of stepsIn(page))
    it(
      step.kind === 'command' ? `$ ${step.line}` : `${step.kind} ${step.path}`,
      () => follow(step),
      120_000,
    )

  it('and what else the package offers', async () => {
    await run({ kind: 'command', line: 'npm run typecheck', expected: [], status: 0 })
    await run({ kind: 'command', line: 'npm run build', expected: [], status: 0 })
    const list =
      'npm create mmulab-driver@latest other -- --kind list --title "a device on the list"'
    await run({ kind: 'command', line: list, expected: ['Made the driver other'], status: 0 })
    const conform = 'npx mmulab conform ./other/src/index.ts'
    await run({ kind: 'command', line: conform, expected: ['rules kept, 0 broken'], status: 0 })
  }, 120_000)
})
