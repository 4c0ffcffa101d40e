/**
 * A registry on this machine that has the packages of this workspace as they would be published, and sends everybody elsewhere for the rest.
 * With it `npm create mmulab-driver@latest` is what it will be for whoever types it.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
export const ROOT: string = fileURLToPath(new URL('../../..', import.meta.url))

interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
}

const manifestIn = (dir: string): Manifest =>
  JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'))

const published = (): string[] =>
  ['packages', 'packages/drivers', 'packages/policies']
    .flatMap((dir) => readdirSync(join(ROOT, dir)).map((name) => join(ROOT, dir, name)))
    .filter((dir) => existsSync(join(dir, 'package.json')) && !manifestIn(dir).private)

interface Packed {
  readonly manifest: Manifest
  readonly tarball: Buffer
}

/** @throws Error where something was not built */
async function packAll(into: string): Promise<Packed[]> {
  const dirs = published()
  const unbuilt = dirs.filter((dir) => !existsSync(join(dir, 'dist')))
  if (unbuilt.length > 0) throw new Error(`not built: ${unbuilt.join(', ')}; run npm run build`)
  const waiting = dirs.map((dir, i) => ({ dir, to: join(into, `${i}`) }))
  const packed: Packed[] = []
  const worker = async (): Promise<void> => {
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      mkdirSync(next.to, { recursive: true })
      await run(join(ROOT, 'node_modules/.bin/pnpm'), ['pack', '--pack-destination', next.to], {
        cwd: next.dir,
      })
      const [file = ''] = readdirSync(next.to)
      const { stdout } = await run('tar', ['-xzOf', join(next.to, file), 'package/package.json'])
      packed.push({ manifest: JSON.parse(stdout), tarball: readFileSync(join(next.to, file)) })
    }
  }
  await Promise.all([worker(), worker()])
  return packed
}

export interface Registry {
  readonly url: string
  readonly close: () => void
}

/** Packs everything into a folder and serves it. */
export async function startRegistry(folder: string): Promise<Registry> {
  const packed = new Map((await packAll(folder)).map((p) => [p.manifest.name, p]))
  const { stdout } = await run('npm', ['config', 'get', 'registry'], { cwd: folder })
  const upstream = stdout.trim().replace(/\/$/, '')
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '/')
    const own = packed.get(path.replace(/^\/(-\/)?/, ''))
    if (!own) {
      response.writeHead(302, { location: `${upstream}${request.url}` }).end()
    } else if (path.startsWith('/-/')) {
      response.end(own.tarball)
    } else {
      const { name, version } = own.manifest
      const integrity = `sha512-${createHash('sha512').update(own.tarball).digest('base64')}`
      const dist = { tarball: `${url()}-/${name}`, integrity }
      response.setHeader('content-type', 'application/json')
      response.end(
        JSON.stringify({
          name,
          'dist-tags': { latest: version },
          versions: { [version]: { ...own.manifest, dist } },
        }),
      )
    }
  })
  const url = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  await new Promise<void>((ready) => {
    server.listen(0, '127.0.0.1', ready)
  })
  return { url: url(), close: () => server.close() }
}
