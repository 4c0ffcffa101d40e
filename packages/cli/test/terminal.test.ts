import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { mmulab, words } from './host.ts'

const CHECK = words('check --policy mainline@5.4 --drivers kvm+i915-userptr --scenario oom-reap')
const ESC = '\u001b['
const trimmed = (text: string): string => text.replaceAll(/ +$/gm, '')

describe('colour', () => {
  it.each([
    [false, {}, false, []],
    [true, {}, true, []],
    [true, { TERM: 'dumb' }, false, []],
    [true, { NO_COLOR: '1' }, false, []],
    [false, { FORCE_COLOR: '1' }, true, []],
    [true, { FORCE_COLOR: '0' }, false, []],
    [true, { NO_COLOR: '1', FORCE_COLOR: '1' }, false, []],
    [true, { FORCE_COLOR: '1' }, false, ['--no-color']],
  ])('terminal %s, environment %o: %s', async (out, env, coloured, more) => {
    const ran = await mmulab(['list', 'claims', ...more], { terminal: { out }, env })
    expect(ran.out.includes(ESC)).toBe(coloured)
  })

  it('says nothing that the text does not say', async () => {
    const plain = await mmulab(CHECK)
    const coloured = await mmulab(CHECK, { env: { FORCE_COLOR: '1' } })
    expect(coloured.out).not.toBe(plain.out)
    expect(trimmed(stripVTControlCharacters(coloured.out))).toBe(plain.out)
  })
})

describe('progress', () => {
  it('is one line on stderr, drawn again, and gone at the end', async () => {
    const { err } = await mmulab(CHECK, { terminal: { err: true, columns: 90 } })
    expect(err).toMatch(/explored/)
    expect(err).not.toContain('\n')
    expect(err.endsWith(`\r${ESC}K`)).toBe(true)
    for (const line of stripVTControlCharacters(err).split('\r'))
      expect(line.length).toBeLessThan(90)
  })

  it.each([
    ['not on a terminal', {}, []],
    ['--quiet', { err: true }, ['--quiet']],
  ])('is silent: %s', async (_, terminal, more) => {
    expect((await mmulab([...CHECK, ...more], { terminal })).err).toBe('')
  })
})

describe('width', () => {
  it('follows a narrow terminal', async () => {
    const args = words('compare --drivers kvm --scenario oom-reap')
    const { out } = await mmulab(args, {
      terminal: { out: true, columns: 72 },
      env: { NO_COLOR: '1' },
    })
    for (const line of out.split('\n')) expect([...line].length).toBeLessThanOrEqual(72)
  })
})

describe('--help', () => {
  it.each([[[]], [['--help']], [['help']], [['compare', '--help']], [['help', 'judge']]])(
    '%o begins with examples and has the exit codes',
    async (args) => {
      const { status, out, err } = await mmulab(args)
      expect([status, err]).toEqual([0, ''])
      expect(out).toMatch(/^Examples:\n {2}mmulab /)
      expect(out).toMatch(/^ {3}20 {3}not finished/m)
    },
  )

  it('gives the version', async () => {
    expect((await mmulab(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/)
  })
})
