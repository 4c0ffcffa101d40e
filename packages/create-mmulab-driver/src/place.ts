/** Where the package goes: a driver of the monorepo, or a folder of its own. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { CreateError } from './error.ts'

export interface Place {
  readonly folder: string
  /** The root of the monorepo, if that is where it goes. */
  readonly monorepo: string | undefined
}

const MONOREPO = 'mmulab-monorepo'

/** @throws CreateError FOLDER_NOT_EMPTY, FOLDER_IS_FILE */
export function placeFor(
  cwd: string,
  folder: string | undefined,
  name: string,
  outside: boolean,
): Place {
  const monorepo = outside ? undefined : monorepoAbove(cwd)
  const target = monorepo ? join(monorepo, 'packages/drivers', name) : resolve(cwd, folder ?? name)
  free(target)
  return { folder: target, monorepo }
}

/** The folder above, or this one, that holds the repository of mmulab itself. */
function monorepoAbove(from: string): string | undefined {
  for (let dir = resolve(from); ; dir = dirname(dir)) {
    if (existsSync(join(dir, 'pnpm-workspace.yaml')) && nameIn(dir) === MONOREPO) return dir
    if (dirname(dir) === dir) return undefined
  }
}

function nameIn(dir: string): unknown {
  try {
    return JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')).name
  } catch {
    // No manifest, or not one of ours.
    return undefined
  }
}

/** A folder that holds nothing but what git put there is as good as none. */
function free(folder: string): void {
  if (!existsSync(folder)) return
  if (!statSync(folder).isDirectory())
    throw new CreateError({
      code: 'FOLDER_IS_FILE',
      message: `${folder} is a file.`,
      hint: 'Give the folder another name.',
    })
  const inside = readdirSync(folder).filter((entry) => entry !== '.git')
  if (inside.length === 0) return
  throw new CreateError({
    code: 'FOLDER_NOT_EMPTY',
    message: `${folder} is not empty: it has ${inside.slice(0, 3).join(', ')}${inside.length > 3 ? ' and more' : ''}.`,
    hint: 'Give the folder another name; nothing is ever overwritten.',
  })
}
