/** A driver by its name, or by the file that it is written in. */
import type { Lab } from '@mmulab/compare'
import { type Driver, defineDriver } from '@mmulab/core'
import { LabError } from '@mmulab/model'
import type { Io } from './io.ts'
import { usage } from './usage.ts'

const isPath = (text: string): boolean => /^\.{0,2}\//.test(text) || /\.[cm]?[jt]s$/.test(text)

/** @throws LabError UNKNOWN_DRIVER, FILE_MISSING, PLUGIN_LOAD, PLUGIN_SHAPE, CONTRACT_VERSION */
export async function driverFrom(text: string, lab: Lab, io: Io): Promise<Driver> {
  return isPath(text) ? fromModule(text, await load(text, io)) : lab.driver(text)
}

async function load(file: string, io: Io): Promise<unknown> {
  try {
    return await io.load(file)
  } catch (error) {
    // A plugin may well use another copy of the model than this one.
    if (error instanceof Error && error.name === 'LabError') throw error
    const { code, path } = error as { code?: unknown; path?: unknown }
    if (code === 'ENOENT' && typeof path === 'string' && path.endsWith(file.replace(/^\.\//, '')))
      throw usage(
        'FILE_MISSING',
        `There is no file ${file}.`,
        'mmulab conform wants a driver by name or by file.',
      )
    const [first = ''] = String(error instanceof Error ? error.message : error).split('\n')
    throw new LabError({
      code: 'PLUGIN_LOAD',
      kind: 'plugin',
      message: `${file} cannot be loaded: ${first.replace(/\.$/, '')}.`,
      where: file,
      hint: 'Does it run by itself? What it imports must be installed beside it.',
    })
  }
}

/** The default export is a factory, as packages have it, or the driver itself. */
function fromModule(file: string, loaded: unknown): Driver {
  const exported = defaultOf(loaded)
  const made: unknown = typeof exported === 'function' ? exported() : exported
  if (typeof made !== 'object' || made === null || (made as { kind?: unknown }).kind !== 'driver')
    throw new LabError({
      code: 'PLUGIN_SHAPE',
      kind: 'plugin',
      message: `${file} has no driver as its default export.`,
      where: file,
      hint: 'export default function mine(): Driver { return defineDriver({ ... }) }',
    })
  return defineDriver(made as Driver)
}

const defaultOf = (loaded: unknown): unknown =>
  typeof loaded === 'object' && loaded !== null && 'default' in loaded ? loaded.default : loaded
