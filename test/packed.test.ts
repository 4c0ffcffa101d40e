// What people install: every public package packed, put into an empty project, and used there from the command line and from a
// script. It needs the built packages (`npm test` builds them first) and the npm registry for their dependencies.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

interface Manifest {
  name: string
  private?: boolean
}

const packages = ['packages', 'packages/drivers', 'packages/policies']
  .flatMap((dir) => readdirSync(join(root, dir)).map((name) => join(root, dir, name)))
  .filter((dir) => existsSync(join(dir, 'package.json')))
  .map((dir) => ({
    dir,
    manifest: JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')) as Manifest,
  }))
  .filter(({ manifest }) => !manifest.private)

describe('the packed packages in an empty project', () => {
  const project = mkdtempSync(join(tmpdir(), 'mmulab-packed-'))
  afterAll(() => rmSync(project, { recursive: true, force: true }))

  const run = (command: string, args: string[], cwd: string): string =>
    execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

  beforeAll(() => {
    const unbuilt = packages.filter(({ dir }) => !existsSync(join(dir, 'dist')))
    if (unbuilt.length > 0)
      throw new Error(
        `not built: ${unbuilt.map((p) => p.manifest.name).join(', ')}; run npm run build`,
      )
    const tarballs = new Map<string, string>()
    for (const { dir, manifest } of packages) {
      const before = new Set(readdirSync(project))
      run(join(root, 'node_modules/.bin/pnpm'), ['pack', '--pack-destination', project], dir)
      const made = readdirSync(project).find((f) => f.endsWith('.tgz') && !before.has(f))
      if (!made) throw new Error(`${manifest.name} was not packed`)
      tarballs.set(manifest.name, `file:./${made}`)
    }
    const dependencies = Object.fromEntries(tarballs)
    writeFileSync(
      join(project, 'package.json'),
      JSON.stringify({ name: 'empty', private: true, type: 'module', dependencies }),
    )
    run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline'], project)
  }, 300_000)

  const mmulab = (...args: string[]) =>
    spawnSync(join(project, 'node_modules/.bin/mmulab'), args, { cwd: project, encoding: 'utf8' })

  it('the command checks a cell and says so by its exit status', () => {
    const cell = (policy: string) =>
      mmulab(
        'check',
        '--policy',
        policy,
        '--drivers',
        'kvm+i915-userptr',
        '--scenario',
        'oom-reap',
        '--json',
      )
    const good = cell('mainline@5.12')
    expect([good.status, good.stderr]).toEqual([0, ''])
    const bad = cell('mainline@5.4')
    expect(bad.status).toBe(10)
    const { cells } = JSON.parse(bad.stdout)
    expect(cells[0].claims.balance.verdict).toBe('violated')
    const again = mmulab('replay', cells[0].claims.balance.schedule)
    expect([again.status, again.stdout.includes('mmu_notifier_count')]).toEqual([0, true])
  })

  it('a script uses the packages by name', () => {
    writeFileSync(
      join(project, 'use.mjs'),
      `import { createLab, finish, runCell } from '@mmulab/compare'
       import { standard } from '@mmulab/standard'
       const name = { policy: 'mainline@5.4', drivers: ['kvm'], scenario: 'dontneed', size: 'small' }
       const { result } = finish(runCell(createLab(standard), name))
       console.log(result.states, result.claims.memory.verdict)`,
    )
    expect(run('node', ['use.mjs'], project).trim()).toMatch(/^\d+ holds$/)
  })
})
