/**
 * Plugins of one's own beside those that ship: what a configuration or the default export of a package may hold, and how they join a
 * lab. Everything that is wrong with them is one error here, before anything runs.
 */
import {
  CONTRACT,
  type Driver,
  defineDriver,
  type Patch,
  type Policy,
  type PolicyFamily,
  type Scenario,
} from '@mmulab/core'
import { LabError } from '@mmulab/model'
import type { Plugins } from './lab.ts'

/** Packages export factories, a configuration may hold what they make. */
export type OrFactory<T> = T | (() => T)

export interface Config {
  /** Packages by name, or files by path from where the configuration is. */
  readonly plugins?: readonly string[]
  readonly drivers?: readonly OrFactory<Driver>[]
  readonly policies?: readonly OrFactory<Policy | PolicyFamily | Patch>[]
  readonly scenarios?: readonly OrFactory<Scenario>[]
}

/** For `mmulab.config.ts`: `export default defineConfig({ drivers: [mine()] })`. */
export const defineConfig = (config: Config): Config => config

export type Plugin = Driver | Policy | PolicyFamily | Patch | Scenario

/** What one file or package holds. */
export interface Found {
  /** `./mmulab.config.ts`, or the name of the package. */
  readonly from: string
  readonly plugins: readonly Plugin[]
}

const KINDS = {
  drivers: ['driver'],
  policies: ['policy', 'policy-family', 'patch'],
  scenarios: ['scenario'],
} as const
type List = keyof typeof KINDS
const LISTS = Object.keys(KINDS) as List[]
const ALL = LISTS.flatMap((list): readonly string[] => KINDS[list])

const isObject = (x: unknown): x is Record<string, unknown> => typeof x === 'object' && x !== null

/**
 * The plugins that a module has as its default export: one, a factory, several, or a configuration.
 * @throws LabError NO_DEFAULT_EXPORT, PLUGIN_SHAPE, CONTRACT_VERSION, CONFIG_SHAPE
 */
export function pluginsIn(from: string, module: unknown): Plugin[] {
  const exported = defaultOf(from, module)
  const made: unknown = typeof exported === 'function' ? exported() : exported
  if (Array.isArray(made)) return made.map((each, i) => checked(from, each, `number ${i + 1}`, ALL))
  if (isObject(made) && !('kind' in made)) return inConfig(from, asConfig(from, made))
  return [checked(from, made, 'its default export', ALL)]
}

/** @throws LabError NO_DEFAULT_EXPORT, CONFIG_SHAPE */
export function configIn(from: string, module: unknown): Config {
  const exported = defaultOf(from, module)
  if (isObject(exported) && !('kind' in exported)) return asConfig(from, exported)
  throw shapeless(from, 'its default export is no configuration')
}

/** The plugins of a configuration, but for those that it only names. @throws LabError PLUGIN_SHAPE, CONTRACT_VERSION */
export const inConfig = (from: string, config: Config): Plugin[] =>
  LISTS.flatMap((list) =>
    (config[list] ?? []).map((each, i) => checked(from, each, `${list}[${i}]`, KINDS[list])),
  )

function defaultOf(from: string, module: unknown): unknown {
  if (isObject(module) && 'default' in module) return module.default
  // A CommonJS module is what it exports.
  if (typeof module === 'function' || (isObject(module) && 'kind' in module)) return module
  throw new LabError({
    code: 'NO_DEFAULT_EXPORT',
    kind: 'plugin',
    message: `${from} has no default export.`,
    where: from,
    hint: 'export default function mine(): Driver { return defineDriver({ ... }) }, or export default defineConfig({ ... })',
  })
}

function asConfig(from: string, value: Record<string, unknown>): Config {
  const known = [...LISTS, 'plugins']
  const strange = Object.keys(value).find((key) => !known.includes(key))
  if (strange !== undefined) throw shapeless(from, `it has ${strange}`, known)
  const list = known.find((key) => value[key] !== undefined && !Array.isArray(value[key]))
  if (list !== undefined) throw shapeless(from, `its ${list} is no list`, known)
  if ((value.plugins as unknown[] | undefined)?.some((name) => typeof name !== 'string'))
    throw shapeless(from, 'its plugins are not all names', known)
  return value
}

const shapeless = (from: string, why: string, known: readonly string[] = []): LabError =>
  new LabError({
    code: 'CONFIG_SHAPE',
    kind: 'plugin',
    message: `${from} is no configuration: ${why}.`,
    where: from,
    known,
    hint: 'export default defineConfig({ drivers: [mine()], policies: [], scenarios: [], plugins: [] })',
  })

function checked(from: string, value: unknown, where: string, kinds: readonly string[]): Plugin {
  const made: unknown = typeof value === 'function' ? value() : value
  const kind = isObject(made) ? made.kind : undefined
  if (!isObject(made) || typeof kind !== 'string' || !kinds.includes(kind))
    throw new LabError({
      code: 'PLUGIN_SHAPE',
      kind: 'plugin',
      message: `In ${from}, ${where} is ${typeof kind === 'string' && ALL.includes(kind) ? `a ${kind}` : 'no plugin'}; it has to be a ${kinds.join(' or a ')}.`,
      where: from,
      hint: 'export default function mine(): Driver { return defineDriver({ ... }) }',
    })
  const plugin = made as unknown as Plugin
  const { contract = CONTRACT } = plugin as { readonly contract?: number }
  if (contract !== CONTRACT)
    throw new LabError({
      code: 'CONTRACT_VERSION',
      kind: 'plugin',
      message: `The ${kind} ${plugin.name} was written for contract ${contract}; this mmulab has contract ${CONTRACT}.`,
      where: from,
      hint: 'Install versions of the plugin and of mmulab that belong together.',
    })
  return plugin.kind === 'driver' ? defineDriver(plugin) : plugin
}

/** Where names have to differ: policies, families and patches share a command line option, and so their names. */
const keyOf = (p: Plugin): string =>
  p.kind === 'driver'
    ? `driver ${p.name}@${p.era}`
    : p.kind === 'scenario'
      ? `scenario ${p.name}`
      : `policy ${p.name}`

export interface Joined {
  readonly plugins: Plugins
  /** Where a plugin came from; undefined if it shipped. */
  readonly originOf: (plugin: Plugin) => string | undefined
}

/** @throws LabError DUPLICATE_PLUGIN, with where both came from */
export function join(shipped: Plugins, found: readonly Found[]): Joined {
  const origins = new Map<Plugin, string>()
  const known = new Map<string, string>()
  const { families, policies = [], patches, drivers, scenarios, furtherScenarios = [] } = shipped
  for (const p of [
    ...families,
    ...policies,
    ...patches,
    ...drivers,
    ...scenarios,
    ...furtherScenarios,
  ])
    known.set(keyOf(p), 'one ships with mmulab')
  for (const { from, plugins } of found)
    for (const p of plugins) {
      const key = keyOf(p)
      const other = known.get(key)
      if (other !== undefined)
        throw new LabError({
          code: 'DUPLICATE_PLUGIN',
          kind: 'plugin',
          message: `There are two plugins called ${key}: ${other}, one comes from ${from}.`,
          where: from,
          hint: 'Give one of them another name, or leave it out.',
        })
      known.set(key, `one comes from ${from}`)
      origins.set(p, from)
    }
  const own = [...origins.keys()]
  const of = <K extends Plugin['kind']>(kind: K) =>
    own.filter((p): p is Extract<Plugin, { kind: K }> => p.kind === kind)
  return {
    plugins: {
      families: [...families, ...of('policy-family')],
      policies: [...policies, ...of('policy')],
      patches: [...patches, ...of('patch')],
      drivers: [...drivers, ...of('driver')],
      scenarios: [...scenarios, ...of('scenario')],
      furtherScenarios,
    },
    originOf: (plugin) => origins.get(plugin),
  }
}
