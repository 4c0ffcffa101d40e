/** Every file of the new package by its path. The driver itself is the one under template/, which is tested like any other. */
import { readFileSync } from 'node:fs'
import type { Answers } from './answers.ts'
import {
  BUILD_TSCONFIG,
  MONOREPO_TSCONFIG,
  monorepoManifest,
  OWN_TSCONFIG,
  ownManifest,
} from './manifest.ts'
import { readme } from './readme.ts'

const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`

const TEST = `import { testDriver } from '@mmulab/testkit/vitest'
import driver from '../src/index.ts'

// Every rule of the contract. One that is not kept for a reason: testDriver(driver, { skip: { 'its-id': 'the reason' } })
testDriver(driver)
`

const CONFIG = `import { defineConfig } from 'mmulab'
import driver from './src/index.ts'

export default defineConfig({ drivers: [driver()] })
`

function driverOf({ name, kind, title }: Answers): string {
  const text = readFileSync(new URL(`../template/${kind}/index.ts`, import.meta.url), 'utf8')
  return text.replaceAll('my-device', name).replace("'my-title'", () => quoted(title))
}

/** In the quotes of the house, if it can be. */
const quoted = (text: string): string => (/['\\]/.test(text) ? JSON.stringify(text) : `'${text}'`)

export function filesOf(answers: Answers, monorepo: boolean): ReadonlyMap<string, string> {
  const both: [string, string][] = [
    ['src/index.ts', driverOf(answers)],
    ['test/conform.test.ts', TEST],
    ['README.md', readme(answers, monorepo)],
  ]
  return new Map(
    monorepo
      ? [
          ['package.json', json(monorepoManifest(answers))],
          ['tsconfig.json', json(MONOREPO_TSCONFIG)],
          ...both,
        ]
      : [
          ['package.json', json(ownManifest(answers))],
          ['tsconfig.json', json(OWN_TSCONFIG)],
          ['tsconfig.build.json', json(BUILD_TSCONFIG)],
          ['mmulab.config.ts', CONFIG],
          ['.gitignore', 'node_modules\ndist\n'],
          ...both,
        ],
  )
}
