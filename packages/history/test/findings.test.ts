/**
 * What docs/findings.md says that its commands find, they find: below each command stand the broken promises with their words. They are
 * computed here again, and the page must be what comes out; `npx vitest run packages/history/test/findings.test.ts -u` writes it.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type CellReport, createLab, finish, runCell } from '@mmulab/compare'
import type { Size } from '@mmulab/core'
import { CLAIMS } from '@mmulab/model'
import { standard } from '@mmulab/standard'
import { describe, expect, it } from 'vitest'

const lab = createLab(standard)
const PAGE = fileURLToPath(new URL('../../../docs/findings.md', import.meta.url))
const COMMAND = /^ {4}mmulab (?:check|compare) (?:.*\\\n)*.*\n(?: {4}→ .*\n)*/gm

const valuesOf = (command: string, option: string): string[] =>
  [...command.matchAll(new RegExp(`--${option} (\\S+)`, 'g'))].map(([, value = '']) => value)

function explore(command: string, policy: string): CellReport {
  const one = (option: string): string => valuesOf(command, option)[0] ?? ''
  const drivers = one('drivers').split('+')
  const size = (one('size') || 'small') as Size
  return finish(runCell(lab, { policy, drivers, scenario: one('scenario'), size }))
}

/** Broken promises with their words and the steps of their shortest schedule; else that all hold. */
function wordsOf({ result }: CellReport): string[] {
  const broken = CLAIMS.filter((c) => result.claims[c].verdict !== 'holds').flatMap((c) => {
    const { verdict, message, steps } = result.claims[c]
    if (verdict === 'not-claimed') return []
    const after = steps === undefined ? '' : ` (${steps} steps)`
    return [verdict === 'violated' ? `${c}: ${message}${after}` : `${c} is ${verdict}`]
  })
  const reaped = result.measures
    .filter((m) => m.claim === 'oom')
    .flatMap(({ min, max }) => (min === undefined ? [] : [`pages reaped: ${min} to ${max}`]))
  return [...(broken.length > 0 ? broken : ['every promise holds']), ...reaped]
}

function rewritten(block: string): string {
  const command = block.replace(/^ {4}→ .*\n/gm, '')
  const policies = valuesOf(command, 'policy')
  const lines = policies.flatMap((policy) => {
    const words = wordsOf(explore(command, policy))
    return policies.length === 1 ? words : words.map((w) => `${policy.replace(/^.*\+/, '+')} ${w}`)
  })
  return command + lines.map((l) => `    → ${l}\n`).join('')
}

describe('docs/findings.md', () => {
  const page = readFileSync(PAGE, 'utf8')

  it('says what its commands say', async () => {
    const blocks = [...page.matchAll(COMMAND)]
    expect(blocks.length).toBeGreaterThan(30)
    await expect(page.replace(COMMAND, rewritten)).toMatchFileSnapshot(PAGE)
  }, 300_000)
})
