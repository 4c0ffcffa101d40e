/** package.json and tsconfig.json: as the drivers of the monorepo have them, or for a package that stands alone. */
import { readFileSync } from 'node:fs'
import type { Answers } from './answers.ts'

const own = (): { version: string; devDependencies: Readonly<Record<string, string>> } =>
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

/** The range of a package that this one was released with; run from the sources, nothing is released yet. */
function released(name: string): string {
  const { version, devDependencies } = own()
  const range = devDependencies[name]
  return range === undefined || range.startsWith('workspace:') ? `^${version}` : range
}

const NODE = '>=20.19'
const CONTRACTS = ['@mmulab/core', '@mmulab/model'] as const

const common = (name: string, { title }: Answers) => ({
  name,
  version: '1.0.0',
  description: `mmulab driver: ${title}`,
  keywords: ['mmulab', 'mmulab-driver'],
  license: 'MIT',
})

const exported = (types: string, js: string) => ({ types, default: js })

export function monorepoManifest(answers: Answers): object {
  const contracts = Object.fromEntries(CONTRACTS.map((c) => [c, 'workspace:^']))
  return {
    ...common(`@mmulab/driver-${answers.name}`, answers),
    repository: {
      type: 'git',
      url: 'git+https://github.com/mmulab/mmulab.git',
      directory: `packages/drivers/${answers.name}`,
    },
    type: 'module',
    sideEffects: false,
    exports: {
      '.': {
        '@mmulab/source': './src/index.ts',
        ...exported('./dist/index.d.ts', './dist/index.js'),
      },
      './package.json': './package.json',
    },
    files: ['dist', 'src'],
    engines: { node: NODE },
    scripts: {
      build: 'tsup --config ../../../tsup.config.ts --silent',
      typecheck: 'tsc -p .',
      'pack:check': 'publint --strict && attw --pack . --profile esm-only --quiet',
    },
    peerDependencies: contracts,
    devDependencies: { ...contracts, '@mmulab/testkit': 'workspace:^' },
  }
}

export function ownManifest(answers: Answers): object {
  const contracts = Object.fromEntries(CONTRACTS.map((c) => [c, released(c)]))
  return {
    ...common(`mmulab-driver-${answers.name}`, answers),
    type: 'module',
    sideEffects: false,
    exports: {
      '.': exported('./dist/index.d.ts', './dist/index.js'),
      './package.json': './package.json',
    },
    files: ['dist', 'src'],
    engines: { node: NODE },
    scripts: {
      test: 'vitest run',
      typecheck: 'tsc -p .',
      build: 'tsc -p tsconfig.build.json',
      prepack: 'npm run build',
    },
    peerDependencies: contracts,
    devDependencies: {
      ...contracts,
      '@mmulab/testkit': released('@mmulab/testkit'),
      mmulab: released('mmulab'),
      typescript: '^7.0.2',
      vitest: '^4.1.12',
    },
  }
}

export const MONOREPO_TSCONFIG = {
  extends: '../../../tsconfig.base.json',
  include: ['src', 'test'],
}

/** What the monorepo asks of its own sources, without what only it has. */
export const OWN_TSCONFIG = {
  compilerOptions: {
    target: 'es2022',
    module: 'nodenext',
    lib: ['es2023'],
    types: [],
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    isolatedModules: true,
    verbatimModuleSyntax: true,
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
  },
  include: ['src', 'test', 'mmulab.config.ts'],
}

export const BUILD_TSCONFIG = {
  extends: './tsconfig.json',
  compilerOptions: {
    noEmit: false,
    allowImportingTsExtensions: false,
    rewriteRelativeImportExtensions: true,
    declaration: true,
    rootDir: 'src',
    outDir: 'dist',
  },
  include: ['src'],
}
