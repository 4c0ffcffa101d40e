/** Plugins that are files or packages: how they are loaded, and a driver by its name or by its file. */
import { configIn, type Found, inConfig, type Lab, pluginsIn } from '@mmulab/compare'
import type { Driver } from '@mmulab/core'
import { LabError } from '@mmulab/model'
import type { Io } from './io.ts'
import { usage } from './usage.ts'

const isPath = (text: string): boolean => /^\.{0,2}\//.test(text) || /\.[cm]?[jt]s$/.test(text)

/** @throws LabError UNKNOWN_DRIVER, FILE_MISSING, PLUGIN_LOAD, PLUGIN_SHAPE, NO_DEFAULT_EXPORT, CONTRACT_VERSION */
export async function driverFrom(text: string, lab: Lab, io: Io): Promise<Driver> {
  if (!isPath(text)) return lab.driver(text)
  const drivers = pluginsIn(text, await load(text, io.cwd, io)).filter((p) => p.kind === 'driver')
  const [first, ...more] = drivers
  if (first && more.length === 0) return first
  throw new LabError({
    code: 'PLUGIN_SHAPE',
    kind: 'plugin',
    message: `${text} has ${first ? `${drivers.length} drivers` : 'no driver'} as its default export.`,
    where: text,
    known: drivers.map((d) => `${d.name}@${d.era}`),
    hint: first
      ? `Name one of them: mmulab conform ${first.name}@${first.era} --plugin ${text}`
      : 'export default function mine(): Driver { return defineDriver({ ... }) }',
  })
}

/** What a package or a file by itself holds. @throws LabError what driverFrom throws, and PLUGIN_MISSING */
export const pluginNamed = async (text: string, beside: string, io: Io): Promise<Found> => ({
  from: text,
  plugins: pluginsIn(text, await load(text, beside, io)),
})

/** A configuration and the plugins that it names. @throws LabError CONFIG_SHAPE, and what pluginNamed throws */
export async function configured(file: string, io: Io): Promise<Found[]> {
  const from = io.shown(file)
  const config = configIn(from, await load(file, io.cwd, io))
  const named: Found[] = []
  for (const name of config.plugins ?? [])
    named.push(await pluginNamed(name, io.folderOf(file), io))
  return [...named, { from, plugins: inConfig(from, config) }]
}

/** A file by its path, or a package by its name, as `beside` sees them. */
async function load(text: string, beside: string, io: Io): Promise<unknown> {
  try {
    return await (isPath(text) ? io.load(text, beside) : io.loadPackage(text, beside))
  } catch (error) {
    // A plugin may well use another copy of the model than this one.
    if (error instanceof Error && error.name === 'LabError') throw error
    const { code, path } = error as { code?: unknown; path?: unknown }
    if (
      code === 'ENOENT' &&
      typeof path === 'string' &&
      path.endsWith(text.replace(/^[./]+\//, ''))
    )
      throw usage('FILE_MISSING', `There is no file ${text}.`, 'Check the path.')
    if (code === PACKAGE_MISSING)
      throw new LabError({
        code: 'PLUGIN_MISSING',
        kind: 'plugin',
        message: `There is no package ${text} that ${beside} could use.`,
        where: text,
        hint: `npm install --save-dev ${text}`,
      })
    const [first = ''] = String(error instanceof Error ? error.message : error).split('\n')
    throw new LabError({
      code: 'PLUGIN_LOAD',
      kind: 'plugin',
      message: `${text} cannot be loaded: ${first.replace(/\.$/, '')}.`,
      where: text,
      hint: 'Does it run by itself? What it imports must be installed beside it.',
    })
  }
}

/** What a host throws where there is no package of that name. */
export const PACKAGE_MISSING = 'PACKAGE_MISSING'
