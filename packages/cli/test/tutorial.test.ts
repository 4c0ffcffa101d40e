/**
 * docs/tutorial.md, followed from its second section on: every mmulab command, and every line that it shows of the answers. The clone and
 * the build of the first section are what this test stands on; the line that section 5 changes is changed on the way to the checker.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createLab, finish, runCell, tellToken } from '@mmulab/compare'
import { storyText } from '@mmulab/report'
import { standard } from '@mmulab/standard'
import { mutantsOf } from '@mmulab/testkit'
import { describe, expect, it } from 'vitest'
import { mmulab, words } from './host.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const page = readFileSync(join(ROOT, 'docs/tutorial.md'), 'utf8')
const section = (n: number): string => page.split(/^## /m)[n] ?? ''

/** Indented blocks, without their indentation. */
const blocks = (text: string): string[] =>
  [...text.matchAll(/(?:^ {4}.*\n|^\n(?= {4}))+/gm)].map(([block]) =>
    block.replace(/^ {4}/gm, '').trim(),
  )

const squeeze = (line: string): string => line.replace(/[ -]*-{3,}|\s+/g, ' ').trim()

/** The lines of an excerpt, in this order among those of a text; `...` stands for anything. */
function shows(text: string, excerpt: string): void {
  const said = text.split('\n').map(squeeze)
  let at = 0
  for (const line of excerpt.split('\n').map(squeeze)) {
    if (line === '' || line === '...') continue
    const next = said.findIndex((s, i) => i >= at && s.includes(line))
    expect(next, `“${line}” after line ${at} of:\n${text}`).toBeGreaterThanOrEqual(at)
    at = next
  }
}

const isCommand = (block: string): boolean => /^(mmulab|TOKEN=)/.test(block)

/** The commands of a block, with lines that go on joined; quotes and $TOKEN are all of the shell that is needed. */
const commandsOf = (block: string, token: string): string[][] =>
  block
    .replace(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.startsWith('mmulab '))
    .map((line) => words(line.replace('"$TOKEN"', token)).slice(1))

const run = (args: readonly string[]) =>
  mmulab(args, { read: (file) => readFileSync(join(ROOT, file), 'utf8') })

describe('twenty minutes with mmulab', () => {
  let token = ''
  for (const n of [2, 3, 4])
    it(`section ${n}`, async () => {
      let said = ''
      for (const block of blocks(section(n)))
        if (!isCommand(block)) shows(said, block)
        else
          for (const args of commandsOf(block, token)) {
            const { status, out, err } = await run(args)
            expect([args, err, [0, 10].includes(status)]).toEqual([args, '', true])
            token = [...out.matchAll(/\bmmu1\.[\w-]+/g)].at(-1)?.[0] ?? token
            said = out
          }
    })

  it('section 5 changes one line, the one that it shows', () => {
    const [, pattern = '', file = ''] = /s\/(.*?)\/const retry = 0\/' (\S+)/.exec(section(5)) ?? []
    const source = readFileSync(join(ROOT, file), 'utf8')
    const hit = source.split('\n').filter((line) => new RegExp(pattern).test(line))
    expect(hit).toHaveLength(1)
    expect(blocks(section(5))).toContain(hit[0]?.trim())
  })

  it('and then memory and coherence break as it says', () => {
    const [kvm] = standard.drivers.filter((d) => d.name === 'kvm' && d.era === '5.11')
    if (!kvm) throw new Error('no KVM')
    const never = mutantsOf(kvm).list.find(
      (m) => m.mutation.name === 'direct_page_fault: "mmu_notifier_retry()" is always 0',
    )
    if (!never) throw new Error('no such mutant')
    const lab = createLab({ ...standard, drivers: [never.driver] })
    const name = {
      policy: 'mainline@5.4',
      drivers: ['kvm'],
      scenario: 'dontneed',
      size: 'small' as const,
    }
    const { tokens } = finish(runCell(lab, name))
    expect([...tokens.keys()]).toEqual(['memory', 'coherence'])
    const story = storyText(tellToken(lab, tokens.get('coherence') ?? ''))
    const excerpt = blocks(section(5)).find((b) => b.startsWith('CPU0'))
    // Of the question that is not asked any more nothing is left to tell.
    shows(story, excerpt ?? 'no story')
  })
})
