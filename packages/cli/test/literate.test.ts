// Runs cli.md.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { hasSpin, mmulab, PATH_ONLY, words } from './host.ts'

interface Example {
  readonly command: string
  readonly expected: readonly string[]
  readonly status: number
}

function examplesIn(page: string): Example[] {
  return page
    .split('\n    $ mmulab ')
    .slice(1)
    .map((text) => {
      const [command = '', ...rest] = text.split('\n')
      const end = rest.findIndex((line) => !line.startsWith('    '))
      const lines = rest.slice(0, end < 0 ? undefined : end).map(squeeze)
      const status = /^\[(\d+)\]$/.exec(lines.at(-1) ?? '')?.[1]
      return {
        command,
        expected: lines.filter((l) => l !== '...' && !/^\[\d+\]$/.test(l)),
        status: Number(status ?? 0),
      }
    })
}

const squeeze = (line: string): string => line.replace(/ +/g, ' ').trim()

describe('cli.md', () => {
  const page = readFileSync(new URL('cli.md', import.meta.url), 'utf8')
  let token = ''

  it.each(examplesIn(page))('mmulab $command', async ({ command, expected, status }) => {
    if (command.startsWith('cross-check') && !hasSpin()) return
    const ran = await mmulab(words(command.replace('$TOKEN', token)), { env: PATH_ONLY })
    token = [...ran.out.matchAll(/\bmmu1\.[\w-]+/g)].at(-1)?.[0] ?? token
    const said = (ran.out + ran.err).split('\n').map(squeeze)
    let at = 0
    for (const line of expected) {
      const next = said.findIndex((s, i) => i >= at && s.includes(line))
      expect(next, `“${line}” after line ${at} of:\n${ran.out}${ran.err}`).toBeGreaterThanOrEqual(
        at,
      )
      at = next
    }
    expect(ran.status).toBe(status)
  })

  it('shows every verb', () => {
    for (const verb of [
      'list',
      'compare',
      'check',
      'replay',
      'judge',
      'orders',
      'conform',
      'export',
      'cross-check',
    ])
      expect(page).toContain(`\n    $ mmulab ${verb} `)
  })
})
