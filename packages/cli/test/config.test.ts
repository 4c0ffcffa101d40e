/** Plugins of one's own: `mmulab.config.ts`, packages by name, and everything that can be wrong with them. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { mmulab, words } from './host.ts'

const dir = realpathSync(mkdtempSync(join(tmpdir(), 'mmulab-config-')))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

let count = 0
/** A project of its own with these files. */
function project(files: Readonly<Record<string, string>>): string {
  const root = join(dir, `${count++}`)
  mkdirSync(root)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

/** No import: plugins are plain data. */
const driver = (changes = '', body = 'yield* []; return 0'): string => `{
  kind: 'driver', contract: 1, name: 'idle', era: '1', title: 'does nothing', source: 'an example', offers: [], pins: false, variants: {},
  create: () => ({
    ops: { invalidateRangeStart: { name: 'start', source: { at: 'an example' }, body: function* () { ${body} } } },
    mapping: () => ({ k: 'num', n: 0 }), inFlight: [], activities: {}, watch: [],
  }),
  ${changes}
}`
const PATCH = `{ kind: 'patch', contract: 1, name: 'nothing', title: 'nothing changed', source: 'an example', example: 'mainline@5.4',
  refuses: () => undefined, procedures: () => ({}) }`
const SCENARIO = (name: string): string =>
  `{ kind: 'scenario', contract: 1, name: '${name}', title: 'nothing happens', sizes: { small: {}, large: {} }, needs: [], cold: [],
  registersLate: false, unregisters: false, build: () => ({ tasks: [], sometimes: [] }) }`

const config = (text: string): Record<string, string> => ({
  'mmulab.config.ts': `const own: object = ${text}\nexport default own\n`,
})

const packaged = (name: string, text: string): Record<string, string> => ({
  [`node_modules/${name}/package.json`]: JSON.stringify({
    name,
    type: 'module',
    exports: { import: './index.js' },
  }),
  [`node_modules/${name}/index.js`]: text,
})

const CHECK = words('check --policy mainline@5.4 --drivers idle --scenario dontneed --json')

describe('mmulab.config.ts', () => {
  const all = config(
    `{ drivers: [() => (${driver()})], policies: [${PATCH}], scenarios: [${SCENARIO('quiet')}] }`,
  )

  it('is found from the working directory upwards, and listed with where it is', async () => {
    const root = project({ ...all, 'a/b/c.txt': '' })
    const { out, status } = await mmulab(['list'], { cwd: join(root, 'a/b') })
    expect(status).toBe(0)
    expect(out).toMatch(
      /idle@1 +does nothing\. Offers: nothing\. From \.\.\/\.\.\/mmulab\.config\.ts/,
    )
    expect(out).toMatch(/\+nothing +nothing changed .*From/)
    expect(out).toMatch(/quiet +nothing happens\. From/)
  })

  it('the JSON of list says so of everything', async () => {
    const { out } = await mmulab(['list', '--json'], { cwd: project(all) })
    const { drivers, patches, scenarios, policies } = JSON.parse(out)
    const own = (list: readonly { name: string; from: string }[]): string[] =>
      list.filter((p) => p.from === './mmulab.config.ts').map((p) => p.name)
    expect([own(drivers), own(patches), own(scenarios)]).toEqual([['idle'], ['nothing'], ['quiet']])
    expect(policies[0].from).toBe('mmulab')
  })

  it('its plugins are in every cell', async () => {
    const { out, status } = await mmulab(
      words('check --policy mainline@5.4+nothing --drivers idle+kvm --scenario dontneed --json'),
      { cwd: project(all) },
    )
    expect([status, JSON.parse(out).cells[0].drivers]).toEqual([0, ['idle', 'kvm']])
  })

  it('is named with --config, and need not be there', async () => {
    const root = project({ 'other.mjs': `export default { drivers: [${driver()}] }` })
    expect((await mmulab(CHECK, { cwd: root })).err).toContain('UNKNOWN_DRIVER')
    const named = await mmulab([...CHECK, '--config', 'other.mjs'], { cwd: root })
    expect([named.status, named.err]).toEqual([0, ''])
  })

  it('names packages and files, from where it is', async () => {
    const root = project({
      ...config(`{ plugins: ['mmulab-driver-other', './mine.ts'] }`),
      ...packaged('mmulab-driver-other', `export default () => (${driver("name: 'other'")})`),
      'mine.ts': `export default [${driver()}, ${driver("era: '2'")}] as object[]`,
      'below/x.txt': '',
    })
    const { out } = await mmulab(['list', 'drivers'], { cwd: join(root, 'below') })
    expect(out).toMatch(/other@1 .*From mmulab-driver-other/)
    expect(out).toMatch(/idle@2 .*From \.\/mine\.ts/)
  })
})

describe('--plugin', () => {
  it('is a package by its name', async () => {
    const root = project(packaged('mmulab-driver-idle', `export default () => (${driver()})`))
    const { status, err } = await mmulab([...CHECK, '--plugin', 'mmulab-driver-idle'], {
      cwd: root,
    })
    expect([status, err]).toEqual([0, ''])
    const listed = await mmulab(words('list drivers --plugin mmulab-driver-idle'), { cwd: root })
    expect(listed.out).toContain('From mmulab-driver-idle')
  })

  it('a package may have a configuration as its default export', async () => {
    const root = project(packaged('own', `export default { drivers: [${driver()}] }`))
    expect((await mmulab([...CHECK, '--plugin', 'own'], { cwd: root })).status).toBe(0)
  })

  it('conform takes it by name as well', async () => {
    const root = project(packaged('own', `export default ${driver()}`))
    const { out } = await mmulab(words('conform idle --plugin own'), { cwd: root })
    expect(out).toContain('✗ does-something')
  })
})

describe('what can be wrong', () => {
  const wrong = async (text: string, args = CHECK) => {
    const { status, err, out } = await mmulab(args, { cwd: project(config(text)) })
    return { status, err, code: JSON.parse(out).error.code as string }
  }

  it('another contract, with both numbers', async () => {
    for (const own of [
      `{ drivers: [${driver('contract: 7')}] }`,
      `{ policies: [{ ...${PATCH}, contract: 7 }] }`,
      `{ scenarios: [{ ...${SCENARIO('x')}, contract: 7 }] }`,
    ]) {
      const { status, err, code } = await wrong(own)
      expect([status, code]).toEqual([3, 'CONTRACT_VERSION'])
      expect(err).toMatch(/written for contract 7; this mmulab has contract 1/)
      expect(err).toContain('where  ./mmulab.config.ts')
    }
  })

  it.each([
    [
      'the name of a driver that ships',
      `{ drivers: [${driver("name: 'kvm', era: '5.11'")}] }`,
      /driver kvm@5\.11: one ships with mmulab, one comes from \.\/mmulab\.config\.ts/,
    ],
    [
      'of a patch that ships',
      `{ policies: [{ ...${PATCH}, name: 'mayfail' }] }`,
      /policy mayfail: one ships/,
    ],
    [
      'of a scenario that ships',
      `{ scenarios: [${SCENARIO('dontneed')}] }`,
      /scenario dontneed: one ships/,
    ],
    [
      'twice',
      `{ drivers: [${driver()}, ${driver()}] }`,
      /idle@1: one comes from \.\/mmulab\.config\.ts, one comes from/,
    ],
  ])('a name clash: %s', async (_, text, words) => {
    const { status, err, code } = await wrong(text)
    expect([status, code]).toEqual([3, 'DUPLICATE_PLUGIN'])
    expect(err.replace(/\n +/g, ' ')).toMatch(words)
  })

  it.each([
    ['an unknown part', '{ driver: [] }', 'CONFIG_SHAPE', 'drivers, policies, scenarios, plugins'],
    ['no list', '{ drivers: {} }', 'CONFIG_SHAPE', 'its drivers is no list'],
    ['a plugin that is no name', '{ plugins: [1] }', 'CONFIG_SHAPE', 'not all names'],
    ['a number', '3', 'CONFIG_SHAPE', 'no configuration'],
    [
      'a plugin in the wrong list',
      `{ drivers: [${PATCH}] }`,
      'PLUGIN_SHAPE',
      'drivers[0] is a patch; it has to be a driver',
    ],
    ['no plugin', '{ scenarios: [1] }', 'PLUGIN_SHAPE', 'scenarios[0] is no plugin'],
    ['a bad name', `{ drivers: [${driver("name: 'No Good'")}] }`, 'PLUGIN_SHAPE', 'No Good'],
    [
      'a package that is not there',
      "{ plugins: ['mmulab-driver-nowhere'] }",
      'PLUGIN_MISSING',
      'npm install --save-dev mmulab-driver-nowhere',
    ],
  ])('%s', async (_, text, expected, said) => {
    const { status, err, code } = await wrong(text)
    expect([status, code]).toEqual([3, expected])
    expect(err.replace(/\n +/g, ' ')).toContain(said)
  })

  it('no default export', async () => {
    const root = project({ 'mmulab.config.ts': 'export const drivers: unknown[] = []' })
    const { status, err } = await mmulab(CHECK, { cwd: root })
    expect([status, err]).toEqual([3, expect.stringContaining('code   NO_DEFAULT_EXPORT')])
  })

  it('a driver that does something else each time', async () => {
    const { status, err, code } = await wrong(
      `{ drivers: [${driver('', "yield { kind: 'silent', effect: { type: 'barrier', name: String(Math.random()) } }; return 0")}] }`,
    )
    expect([status, code]).toEqual([3, 'NOT_DETERMINISTIC'])
    expect(err).toContain('where')
  })

  it('an error of a plugin that brings its own copy of the model', async () => {
    const root = project({
      'mmulab.config.ts': `throw Object.assign(new Error('It is too old.'), { name: 'LabError', code: 'CONTRACT_VERSION', kind: 'plugin', known: [] })`,
    })
    const { status, err } = await mmulab(CHECK, { cwd: root })
    expect([status, err]).toEqual([3, 'mmulab: It is too old.\n  code   CONTRACT_VERSION\n'])
  })

  it('a configuration that is not there', async () => {
    const { status, err } = await mmulab([...CHECK, '--config', 'no.ts'], { cwd: project({}) })
    expect([status, err]).toEqual([2, expect.stringContaining('code   FILE_MISSING')])
  })
})
