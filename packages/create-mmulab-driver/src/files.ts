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

/** Sizes of three small worlds with the driver under template/: [states, transitions]. */
export const COUNTS: Readonly<Record<Answers['kind'], Counts>> = {
  list: {
    'mainline@5.4 oom-reap': [39, 39],
    'mainline@5.4 dontneed': [426, 777],
    'mainline@5.4 munmap': [317, 584],
  },
  interval: {
    'mainline@5.5 oom-reap': [27, 27],
    'mainline@5.5 dontneed': [248, 443],
    'mainline@5.5 munmap': [186, 330],
  },
}

type Counts = Readonly<Record<string, readonly [states: number, transitions: number]>>

const testOf = ({ kind }: Answers): string => `import { testDriver } from '@mmulab/testkit/vitest'
import driver from '../src/index.ts'

// Every rule of the contract. One that is not kept for a reason: skip: { 'its-id': 'the reason' }
testDriver(driver, {
  // What nobody meant shows first in the size of a world: mmulab conform says the numbers of now.
  counts: {
${Object.entries(COUNTS[kind])
  .map(([world, [states, moves]]) => `    '${world}': [${states}, ${moves}],`)
  .join('\n')}
  },
})
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
    ['test/conform.test.ts', testOf(answers)],
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
