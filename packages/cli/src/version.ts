import { readFileSync } from 'node:fs'

/** As published; sources and bundle lie one folder below the manifest. */
export function version(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}
