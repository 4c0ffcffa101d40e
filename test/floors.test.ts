// Every arrow between packages points down, and what lies below floor 5 runs in a browser too.
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { faults, type Package, readHouse } from './house.ts'

describe('this house', () => {
  const house = readHouse(fileURLToPath(new URL('..', import.meta.url)))

  it('has all its floors', () => {
    const dirs = house.map((each) => each.dir)
    expect(dirs).toEqual(
      expect.arrayContaining([
        'packages/model',
        'packages/drivers/kvm',
        'packages/cli',
        'apps/lab',
      ]),
    )
  })

  it('keeps its rules', () => {
    expect(faults(house)).toEqual([])
  })
})

describe('the guard', () => {
  const make = (
    dir: string,
    name: string,
    uses: string[],
    sources: Package['sources'],
  ): Package => ({
    dir,
    manifest: { name, dependencies: Object.fromEntries(uses.map((each) => [each, '^1.0.0'])) },
    sources,
  })
  const others = [
    make('packages/model', '@mmulab/model', [], {}),
    make('packages/checker', '@mmulab/checker', ['@mmulab/model'], {}),
    make('packages/drivers/kvm', '@mmulab/driver-kvm', [], {}),
  ]
  const judge = (uses: string[], sources: Package['sources']): string[] =>
    faults([...others, make('packages/core', '@mmulab/core', uses, sources)])

  it('lets a package use what lies below', () => {
    const text = `
      import type { Op } from '@mmulab/model'
      import { page } from './page.ts'
      export function run(process: { Buffer: Op }): unknown { return [process.Buffer, page] }`
    expect(judge(['@mmulab/model'], { 'src/index.ts': text, 'src/page.ts': '' })).toEqual([])
  })

  it('names a declared arrow that does not point down', () => {
    expect(judge(['@mmulab/checker'], {})).toEqual([
      'packages/core/package.json: imports @mmulab/checker; on floor 2 it may use @mmulab/model',
    ])
  })

  it.each([
    ["import { kvm } from '@mmulab/driver-kvm'", 'imports @mmulab/driver-kvm; on floor 2'],
    ["export * from '@mmulab/driver-kvm/extra'", 'imports @mmulab/driver-kvm; on floor 2'],
    ["const kvm = await import('@mmulab/driver-kvm')", 'imports @mmulab/driver-kvm; on floor 2'],
    ["type Kvm = import('@mmulab/driver-kvm').Kvm", 'imports @mmulab/driver-kvm; on floor 2'],
    ["import { op } from '@mmulab/model'", 'imports @mmulab/model, which its package.json'],
    ["import { op } from '../../model/src/op.ts'", 'imports ../../model/src/op.ts, outside'],
    ["import { readFileSync } from 'node:fs'", 'imports node:fs; below floor 5'],
    ["import { readFileSync } from 'fs'", 'imports fs; below floor 5'],
    ['if (process.env.DEBUG) throw 1', 'uses process, which only Node has'],
    ['globalThis.process.exit()', 'uses process, which only Node has'],
    ["Buffer.from('')", 'uses Buffer, which only Node has'],
  ])('finds the fault in %s', (text, fault) => {
    expect(judge([], { 'src/bad.ts': text })[0]).toContain(`packages/core/src/bad.ts: ${fault}`)
  })

  it('finds files that import one another', () => {
    const sources = {
      'src/index.ts': "export * from './a.ts'",
      'src/a.ts': "import './b.ts'",
      'src/b.ts': "import './a.ts'",
    }
    expect(judge([], sources)).toEqual([
      'packages/core: import cycle src/a.ts -> src/b.ts -> src/a.ts',
    ])
  })

  it('asks for the floor of a new package', () => {
    expect(faults([make('packages/cellar', '@mmulab/cellar', [], {})])).toEqual([
      'packages/cellar: has no floor; give it one in test/house.ts',
    ])
  })
})
