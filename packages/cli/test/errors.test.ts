import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { mmulab, words } from './host.ts'

const CELL = '--drivers kvm --scenario oom-reap'

describe('what is wrong is one sentence, a code and a hint', () => {
  it.each([
    ['UNKNOWN_POLICY', `check --policy mainlin@5.4 ${CELL}`],
    ['UNKNOWN_PATCH', `check --policy mainline@5.4+unwindonfail ${CELL}`],
    ['UNKNOWN_VERSION', `check --policy mainline@3.10 ${CELL}`],
    ['VERSION_MISSING', `check --policy mainline ${CELL}`],
    ['PATCH_DOES_NOT_APPLY', `check --policy mainline@5.12+unwind-on-fail ${CELL}`],
    ['UNKNOWN_DRIVER', 'check --policy mainline@5.4 --drivers kvmm --scenario oom-reap'],
    ['UNKNOWN_ERA', 'check --policy mainline@5.4 --drivers kvm@4.4 --scenario oom-reap'],
    ['UNKNOWN_VARIANT', 'check --policy mainline@5.4 --drivers kvm~big --scenario oom-reap'],
    ['UNKNOWN_SCENARIO', 'check --policy mainline@5.4 --drivers kvm --scenario oom-reep'],
    ['NOT_APPLICABLE', 'check --policy mainline@5.4 --drivers kvm --scenario pin-reclaim'],
    ['NOTHING_TO_COMPARE', 'compare --drivers kvm --scenario pin-reclaim'],
    ['OPTION_MISSING', 'check --policy mainline@5.4 --drivers kvm'],
    ['OPTION_TWICE', `check --policy mainline@5.4 --policy mainline@6.1 ${CELL}`],
    ['BAD_SIZE', 'compare --max-memory lots'],
    ['BAD_NUMBER', 'compare --max-states -1'],
    ['BAD_REDUCTION', 'compare --reductions fusion,magic'],
    ['BAD_NUMBER', `check --policy mainline@5.4 ${CELL} --mode random --walks none`],
    ['BAD_NUMBER', `check --policy mainline@5.4 ${CELL} --mode pct=0`],
    ['BAD_TIME', 'compare --max-time soon'],
    ['BAD_MODE', 'compare --mode rnadom'],
    ['BAD_MODE', 'compare --mode pct'],
    ['BAD_MODE', 'compare --mode preemptions'],
    ['BAD_SIZE', 'compare --mode bitstate=lots'],
    ['BAD_NUMBER', 'compare --mode preemptions=-1'],
    ['OPTION_UNUSED', 'compare --seed 3'],
    ['UNKNOWN_LIST', 'list everything'],
    ['UNKNOWN_CLAIM', `export --policy mainline@5.4 ${CELL} --format tla --claim balanse`],
    [
      'CLAIM_NOT_EXPRESSIBLE',
      `export --policy mainline@5.4 ${CELL} --format promela --claim progress`,
    ],
    ['USAGE', `export --policy mainline@5.4 ${CELL}`],
    ['USAGE', `export --policy mainline@5.4 ${CELL} --format smv`],
    ['TOKEN_DAMAGED', 'replay mmu1.AAAA'],
    ['TOKEN_DAMAGED', 'replay nonsense'],
    ['TOKEN_VERSION', 'replay mmu9.AAAA'],
    ['FILE_MISSING', 'judge nowhere.txt'],
    ['FILE_MISSING', 'orders nowhere.txt'],
    ['RECORD_WITHOUT_ORDERS', 'orders uml-6.1.192-stock.mr_clean.txt'],
    ['OPTION_TWICE', 'orders --policy mainline@5.4 --policy mainline@6.1'],
    ['USAGE', 'compre'],
    ['USAGE', 'check --polcy mainline@5.4'],
    ['USAGE', 'compare --size enormous'],
    ['USAGE', 'judge'],
    ['USAGE', 'replay'],
  ])('%s: mmulab %s', async (code, line) => {
    const { status, out, err } = await mmulab(words(line))
    expect(status).toBe(2)
    expect(out).toBe('')
    expect(err).toMatch(/^mmulab: /)
    expect(err).toContain(`\n  code   ${code}\n`)
    expect(err).toContain('\n  hint   ')
    expect(err).not.toMatch(/^\s+at /m)
    const again = await mmulab([...words(line), '--json'])
    expect(again.status).toBe(2)
    expect(JSON.parse(again.out)).toMatchObject({ schema: 1, error: { code } })
  })

  it('the nearest name comes first', async () => {
    const { err } = await mmulab(words(`check --policy mainline@5.2 ${CELL.replace('kvm', 'kvn')}`))
    expect(err).toContain('Did you mean kvm?')
    expect(err).toContain('known  kvm, ')
  })

  it('a stack comes with --debug or MMULAB_DEBUG', async () => {
    expect((await mmulab(['replay', 'x', '--debug'])).err).toMatch(/^\s+at /m)
    expect((await mmulab(['replay', 'x'], { env: { MMULAB_DEBUG: '1' } })).err).toMatch(/^\s+at /m)
  })

  const failing = (error: Error) =>
    mmulab(['list'], {
      env: {
        get NO_COLOR(): string {
          throw error
        },
      },
    })

  it('a defect of our own ends with 70', async () => {
    const { status, err } = await failing(new TypeError('boom'))
    expect(status).toBe(70)
    expect(err).toContain('mmulab: Something in mmulab is wrong: boom')
    expect(err).toContain('code   INTERNAL')
  })

  it('the end of memory ends with 20', async () => {
    const { status, err } = await failing(new RangeError('Array buffer allocation failed'))
    expect(status).toBe(20)
    expect(err).toContain('code   MEMORY_EXHAUSTED')
  })
})

describe('records that are none', () => {
  const judge = (text: string) => mmulab(['judge', 'x.txt'], { read: () => text })

  it.each([
    ['a text', 'root:x:0:0\n'],
    ['an empty file', ''],
    ['another log', '[    0.000000] Linux version 6.1\n'],
    ['bytes', '\u0000\ufffd\u0001\n'],
  ])('%s', async (_, text) => {
    const { status, out, err } = await judge(text)
    expect([status, out]).toEqual([2, ''])
    expect(err).toMatch(/code {3}RECORD_/)
    expect(err).toContain('x.txt')
  })

  it.each([
    ['EISDIR', 'FILE_IS_FOLDER'],
    ['EACCES', 'FILE_UNREADABLE'],
    ['EIO', 'FILE_UNREADABLE'],
  ])('%s is %s', async (code, expected) => {
    const read = (): never => {
      throw Object.assign(new Error(code), { code })
    }
    expect((await mmulab(['judge', 'dir/'], { read })).err).toContain(`code   ${expected}`)
  })

  it('one bad file among good ones leaves nothing half written', async () => {
    const { out, status } = await mmulab(['judge', 'uml-6.1.192-stock.mr_clean.txt', 'nowhere.txt'])
    expect([out, status]).toEqual(['', 2])
  })
})

describe('docs/errors.md', () => {
  const root = fileURLToPath(new URL('../../..', import.meta.url))
  const page = readFileSync(join(root, 'docs/errors.md'), 'utf8')

  it('has every code that the sources use', () => {
    const codes = new Set(sources(root).flatMap(codesIn))
    expect(codes.size).toBeGreaterThan(30)
    expect([...codes].filter((code) => !page.includes(`\`${code}\``)).sort()).toEqual([])
  })

  it('has no code that nobody uses', () => {
    const text = sources(root).join('\n')
    const documented = [...page.matchAll(/^\| `([A-Z_-]+)`/gm)].map(([, code]) => code ?? '')
    const used = (code: string): boolean =>
      text.includes(`'${code}'`) || code.startsWith('UNKNOWN_') || code === 'OUTPUT'
    expect(documented.filter((code) => !used(code))).toEqual([])
  })
})

const PATTERNS = [
  /\bcode:[^\n]*/g,
  /\busage\(\s*'[A-Z_]+'/g,
  /'(?:RECORD|FILE)_[A-Z_]+'/g,
  /\bcode {3}[A-Z]+/g,
]

function codesIn(text: string): string[] {
  const quoted = PATTERNS.flatMap((p) => text.match(p) ?? []).flatMap((s) =>
    [...s.matchAll(/'([A-Z][A-Z_-]{2,})'|code {3}([A-Z]+)/g)].map(([, a, b]) => a ?? b ?? ''),
  )
  // compare/src/lab.ts makes its codes from the kind of name that is unknown.
  const kinds = [...text.matchAll(/\bunknown\(\s*[`']([a-z]+)/g)].map(
    ([, kind]) => `UNKNOWN_${kind?.toUpperCase()}`,
  )
  return [...quoted, ...kinds]
}

function sources(root: string): string[] {
  const files = (dir: string): string[] =>
    readdirSync(dir, { withFileTypes: true }).flatMap((e) => {
      const path = join(dir, e.name)
      if (e.isDirectory())
        return ['node_modules', 'dist', 'test'].includes(e.name) ? [] : files(path)
      return /\.tsx?$/.test(e.name) ? [path] : []
    })
  return [...files(join(root, 'packages')), ...files(join(root, 'apps'))].map((f) =>
    readFileSync(f, 'utf8'),
  )
}
