/** The lab of the command line: the plugins that ship with mmulab, and those of the configuration and of `--plugin`. */
import { createLab, type Found, join, type Lab, type Plugin } from '@mmulab/compare'
import { standard } from '@mmulab/standard'
import type { Io } from './io.ts'
import { configured, pluginNamed } from './plugin.ts'

export const shippedLab = (): Lab => createLab(standard)

export interface OwnLab extends Lab {
  /** Where a plugin came from; undefined if it ships with mmulab. */
  readonly originOf: (plugin: Plugin) => string | undefined
}

/** Options of every verb that has a lab. */
export interface LabOptions {
  readonly config?: string
  readonly plugin?: readonly string[]
}

/** What a configuration is called; it is looked for from the working directory upwards. */
const CONFIG_NAMES = ['ts', 'mts', 'js', 'mjs'].map((x) => `mmulab.config.${x}`)

/** @throws LabError what is wrong with a plugin, or with the configuration */
export async function labFor(o: LabOptions, io: Io): Promise<OwnLab> {
  const file = o.config ?? io.findUp(CONFIG_NAMES)
  const found: Found[] = file === undefined ? [] : await configured(file, io)
  for (const name of o.plugin ?? []) found.push(await pluginNamed(name, io.cwd, io))
  const { plugins, originOf } = join(standard, found)
  return { ...createLab(plugins), originOf }
}
