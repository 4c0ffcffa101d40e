/** A verdict under a policy whose text is known in part says so, in whatever output it stands. */
import { PARTLY_WORDS } from '@mmulab/report'
import { describe, expect, it } from 'vitest'
import { mmulab, type Ran } from './host.ts'

const PARTLY = 'mainline@6.6+unregister-at-oom'
const WHOLE = 'mainline@6.6'
const cell = (policy: string) =>
  ['--policy', policy, '--drivers', 'kvm', '--scenario', 'oom-reap'] as const

const tokenOf = async (policy: string): Promise<string> => {
  const { out } = await mmulab(['check', ...cell(policy), '--json'])
  return JSON.parse(out).cells[0].claims.progress.schedule
}

const STOCK = 'uml-6.1.192-stock.mr_AB_noend.txt'
const asked: readonly (readonly [string, (policy: string) => Promise<Ran>])[] = [
  ['the matrix', (p) => mmulab(['compare', ...cell(p)])],
  ['the matrix in Markdown', (p) => mmulab(['compare', ...cell(p), '--markdown'])],
  ['a cell and its stories', (p) => mmulab(['check', ...cell(p)])],
  ['the smallest cells', (p) => mmulab(['check', ...cell(p), '--smallest'])],
  [
    'two policies side by side',
    async (p) => mmulab(['replay', await tokenOf(PARTLY), '--against', p]),
  ],
  ['the rules for policies', (p) => mmulab(['conform', p])],
  ['the judge of records', (p) => mmulab(['judge', STOCK, '--policy', p])],
]

describe('in words', () => {
  it.each(asked)('%s', async (what, ask) => {
    const { out } = await ask(PARTLY)
    expect(out).toMatch(/~/)
    expect(out.replace(/\s+/g, ' ')).toContain(PARTLY_WORDS)
    // Side by side with one that is known whole, the other one is still known in part.
    if (what === 'two policies side by side') return
    expect((await ask(WHOLE)).out).not.toContain('~')
  })

  it('side by side, behind each such policy', async () => {
    const { out } = await mmulab(['replay', await tokenOf(PARTLY), '--against', WHOLE])
    expect(out).toContain(`${PARTLY} ~ breaks progress`)
    expect(out).toContain(`${WHOLE} does not break progress`)
  })

  it('the smallest cell, behind the promise', async () => {
    const { out } = await mmulab(['check', ...cell(PARTLY), '--smallest'])
    expect(out).toMatch(/ progress ~: \d+ steps? in /)
  })
})

describe('as JSON', () => {
  it.each([
    ['compare', ['compare', ...cell(PARTLY)]],
    ['check', ['check', ...cell(PARTLY), '--smallest']],
    ['conform', ['conform', PARTLY]],
    ['judge', ['judge', STOCK, '--policy', PARTLY]],
  ])('%s', async (_, args) => {
    const { out } = await mmulab([...args, '--json'])
    expect(out).toContain('"partlyKnown":')
  })

  it('a story', async () => {
    const { out } = await mmulab(['replay', await tokenOf(PARTLY), '--json'])
    expect(JSON.parse(out).partlyKnown).toHaveLength(1)
  })
})
