/** The cell that a policy's README names is one in which it differs from its base. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { CellName } from '@mmulab/compare'
import { describe, expect, it } from 'vitest'
import { explore } from './lab.ts'

const policies = fileURLToPath(new URL('../../policies', import.meta.url))

const commands = readdirSync(policies).flatMap((name) => {
  const text = readFileSync(`${policies}/${name}/README.md`, 'utf8')
  const [, command] = /\n {4}mmulab compare (.+)\n/.exec(text) ?? []
  return command === undefined ? [] : [[name, command] as const]
})

/** What verdicts, their reasons and the measures come to. */
function shown(policy: string, command: string): unknown {
  const option = (name: string) => new RegExp(`--${name} (\\S+)`).exec(command)?.[1] ?? ''
  const size = (option('size') || 'small') as Extract<CellName['size'], 'small' | 'large'>
  const { result } = explore(policy, option('drivers'), option('scenario'), size)
  const broken = Object.entries(result.claims).filter(([, c]) => c.verdict === 'violated')
  return [broken.map(([claim, c]) => [claim, c.message]), result.measures]
}

describe('the cell that a README names', () => {
  it('is there in most of them', () => {
    expect(commands.length).toBeGreaterThan(10)
  })
  it.each(commands)('%s: mmulab compare %s', (_, command) => {
    const [base = '', patched = ''] = [...command.matchAll(/--policy (\S+)/g)].map((m) => m[1])
    expect(patched.startsWith(`${base}+`)).toBe(true)
    expect(shown(patched, command)).not.toEqual(shown(base, command))
  })
})
