// The built program, where it has been built: pipes, signals and full disks need a real process.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, openSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { words } from './host.ts'

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url))
const CHECK = words('check --policy mainline@5.12 --drivers kvm --scenario oom-reap')

describe.skipIf(!existsSync(MAIN))('the built program', () => {
  it('checks a cell', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...CHECK, '--json'], {
      encoding: 'utf8',
    })
    expect([status, stderr]).toEqual([0, ''])
    expect(JSON.parse(stdout).cells[0].claims.balance.verdict).toBe('holds')
  })

  it('ends with 2 and one error for a mistake', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, 'chek'], {
      encoding: 'utf8',
    })
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain('code   USAGE')
  })

  it.skipIf(!existsSync('/dev/full'))('ends with 74 on a full disk', () => {
    const full = openSync('/dev/full', 'w')
    const { status, stderr } = spawnSync(process.execPath, [MAIN, 'list'], {
      stdio: ['ignore', full, 'pipe'],
      encoding: 'utf8',
    })
    expect(status).toBe(74)
    expect(stderr).toContain('code   OUTPUT')
  })

  it('is quiet when its reader is gone', async () => {
    const child = spawn(process.execPath, [MAIN, 'list', '--json'])
    child.stdout.destroy()
    let stderr = ''
    child.stderr.on('data', (chunk) => {
      stderr += chunk
    })
    const status = await new Promise((resolve) => child.on('close', resolve))
    expect([0, 74]).toContain(status)
    expect(stderr).toBe('')
  })

  it.skipIf(process.platform === 'win32')('tells what it knows at the first Ctrl-C', async () => {
    const child = spawn(process.execPath, [MAIN, ...words('compare --size large --json')])
    let stdout = ''
    child.stdout.on('data', (chunk) => {
      stdout += chunk
    })
    setTimeout(() => child.kill('SIGINT'), 3000)
    const status = await new Promise((resolve) => child.on('close', resolve))
    const { cells, notRun } = JSON.parse(stdout)
    expect(status).toBe(20)
    expect(cells.length).toBeGreaterThan(0)
    expect(notRun.length).toBeGreaterThan(0)
  })
})
