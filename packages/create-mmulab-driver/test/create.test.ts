/** The scaffolder on temporary folders: what it writes where, and what it refuses. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Ask } from '../src/answers.ts'
import { run } from '../src/run.ts'

const dir = mkdtempSync(join(tmpdir(), 'mmulab-create-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

let count = 0
/** A folder of its own for every test. */
function folder(): string {
  const path = join(dir, `${count++}`)
  mkdirSync(path)
  return path
}

async function create(args: readonly string[], cwd = folder(), ask?: Ask) {
  let [out, err] = ['', '']
  const status = await run(args, {
    cwd,
    out: (text) => {
      out += text
    },
    err: (text) => {
      err += text
    },
    ask,
  })
  return { status, out, err, cwd }
}

const read = (...path: string[]): string => readFileSync(join(...path), 'utf8')
const manifest = (...path: string[]) => JSON.parse(read(...path, 'package.json'))

function filesIn(base: string, under = ''): string[] {
  return readdirSync(join(base, under), { withFileTypes: true })
    .flatMap((e) => (e.isDirectory() ? filesIn(base, join(under, e.name)) : [join(under, e.name)]))
    .sort()
}

describe('a package of its own', () => {
  it('has what it needs, and says what to type next', async () => {
    const { status, out, err, cwd } = await create(['mine', '--title', "a device's tables"])
    expect([status, err]).toEqual([0, ''])
    expect(out).toBe(
      'Made the driver mine in mine. Next:\n\n    cd mine\n    npm install\n    npm test\n',
    )
    expect(filesIn(join(cwd, 'mine'))).toEqual([
      '.gitignore',
      'README.md',
      'mmulab.config.ts',
      'package.json',
      'src/index.ts',
      'test/conform.test.ts',
      'tsconfig.build.json',
      'tsconfig.json',
    ])
    const source = read(cwd, 'mine/src/index.ts')
    expect(source).toContain("name: 'mine'")
    expect(source).toContain('title: "a device\'s tables"')
    expect(source).not.toMatch(/my-device|my-title/)
    const { name, peerDependencies, devDependencies } = manifest(cwd, 'mine')
    expect(name).toBe('mmulab-driver-mine')
    expect(peerDependencies).toEqual({ '@mmulab/core': '^1.0.0', '@mmulab/model': '^1.0.0' })
    expect(devDependencies).toMatchObject({ '@mmulab/testkit': '^1.0.0', mmulab: '^1.0.0' })
  })

  it('of either kind', async () => {
    const { cwd } = await create(['a', '--kind', 'list'])
    await create(['b', '--kind', 'interval'], cwd)
    expect(read(cwd, 'a/src/index.ts')).toContain('invalidateRangeEnd')
    expect(read(cwd, 'b/src/index.ts')).toContain('interval: true')
  })

  it('in this folder, if it is empty', async () => {
    const { status, cwd, out } = await create(['.', '--name', 'here'])
    expect([status, filesIn(cwd).includes('src/index.ts')]).toEqual([0, true])
    expect(out).toContain('Next:\n\n    npm install\n')
  })

  it('asks only where somebody can answer, and only for what is not given', async () => {
    const asked: string[] = []
    const ask: Ask = async (question, otherwise) => {
      asked.push(question)
      return question.startsWith('Kind') ? 'list' : otherwise
    }
    const { status, cwd } = await create(['--title', 'given'], folder(), ask)
    expect([status, asked.length]).toEqual([0, 2])
    expect(read(cwd, 'my-device/src/index.ts')).toContain('invalidateRangeEnd')
    expect((await create(['quiet'])).status).toBe(0)
  })
})

describe('a driver of the monorepo', () => {
  const shipped = manifest(new URL('../../drivers/kvm', import.meta.url).pathname)

  function clone(): string {
    const root = folder()
    writeFileSync(join(root, 'pnpm-workspace.yaml'), 'packages: []\n')
    writeFileSync(join(root, 'package.json'), '{"name":"mmulab-monorepo"}')
    mkdirSync(join(root, 'packages/cli'), { recursive: true })
    return root
  }

  it('stands among the others and is written as they are', async () => {
    const root = clone()
    const { out } = await create(['mine'], join(root, 'packages/cli'))
    expect(out).toContain(
      'cd ../..\n    npx pnpm install\n    npx vitest run packages/drivers/mine\n',
    )
    const made = manifest(root, 'packages/drivers/mine')
    const words = (m: object): unknown =>
      JSON.parse(
        JSON.stringify(m)
          .replaceAll('driver-mine', 'driver-kvm')
          .replaceAll('drivers/mine', 'drivers/kvm'),
      )
    expect({ ...(words(made) as object), description: '' }).toEqual({
      ...shipped,
      description: '',
    })
    expect(filesIn(join(root, 'packages/drivers/mine'))).toEqual([
      'README.md',
      'package.json',
      'src/index.ts',
      'test/conform.test.ts',
      'tsconfig.json',
    ])
  })

  it('unless it is to stand alone', async () => {
    const root = clone()
    await create(['mine', '--outside'], root)
    expect(manifest(root, 'mine').name).toBe('mmulab-driver-mine')
  })
})

describe('what it refuses', () => {
  it.each([
    [[], 'NAME_MISSING'],
    [['My Device'], 'BAD_NAME'],
    [['ok', '--name', '../up'], 'BAD_NAME'],
    [['ok', '--kind', 'hlist'], 'USAGE'],
    [['ok', 'twice'], 'USAGE'],
    [['--nonsense'], 'USAGE'],
  ])('%j is %s', async (args, code) => {
    const { status, out, err, cwd } = await create(args)
    expect([status, out]).toEqual([2, ''])
    expect(err).toMatch(new RegExp(`^create-mmulab-driver: .*\\n {2}code {3}${code}\\n {2}hint`))
    expect(readdirSync(cwd)).toEqual([])
  })

  it('a folder with something in it, and a file', async () => {
    const cwd = folder()
    mkdirSync(join(cwd, 'full'))
    writeFileSync(join(cwd, 'full/a.txt'), '')
    writeFileSync(join(cwd, 'file'), '')
    expect((await create(['full'], cwd)).err).toContain('FOLDER_NOT_EMPTY')
    expect((await create(['file'], cwd)).err).toContain('FOLDER_IS_FILE')
    expect(readdirSync(join(cwd, 'full'))).toEqual(['a.txt'])
  })

  it('a kind that a person invents', async () => {
    expect((await create(['x'], folder(), async () => 'neither')).err).toContain('BAD_KIND')
  })

  it('a place where it may not write', async () => {
    const cwd = folder()
    writeFileSync(join(cwd, 'file'), '')
    expect((await create(['file/x'], cwd)).err).toContain('FOLDER_UNWRITABLE')
  })

  it('help is no mistake', async () => {
    const { status, out } = await create(['--help'])
    expect([status, out]).toEqual([0, expect.stringContaining('npm create mmulab-driver@latest')])
  })
})
