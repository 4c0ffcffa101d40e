/** The built page in a real browser: builds into a folder of its own, serves it from below a path, starts Chromium. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium } from 'playwright-core'
import { build } from 'vite'

const CANDIDATES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
}

/** Only then can memory be shared with workers. */
const ISOLATION = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
}

/** Where the browser is, or undefined. @throws where skipping is not allowed */
export function findBrowser(): string | undefined {
  const found = [process.env.CHROME_PATH, ...CANDIDATES].find((path) => path && existsSync(path))
  if (found) return found
  const message = 'No Chromium: set CHROME_PATH. The app is NOT tested.'
  if (process.env.MMULAB_NO_SKIP) throw new Error(message)
  console.warn(`\n!!! ${message}\n`)
  return undefined
}

export interface Site {
  readonly browser: Browser
  /** Ends with a slash; deep inside the server, so that nothing may rely on the root. */
  readonly url: string
  /** The same pages, isolated from other origins. */
  readonly isolated: string
  close(): Promise<void>
}

export async function openSite(executablePath: string): Promise<Site> {
  const outDir = mkdtempSync(join(tmpdir(), 'mmulab-app-'))
  const root = fileURLToPath(new URL('..', import.meta.url))
  // A test run is no production for the libraries that ask; the page should be as it is shipped.
  const mode = process.env.NODE_ENV
  process.env.NODE_ENV = 'production'
  await build({
    root,
    configFile: join(root, 'vite.config.ts'),
    logLevel: 'warn',
    build: { outDir, emptyOutDir: true },
  })
  process.env.NODE_ENV = mode
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const path = pathname.replace(/^\/(some|isolated)\/folder\//, '') || 'index.html'
    const isolation = pathname.startsWith('/isolated') ? ISOLATION : {}
    const file = join(outDir, path)
    if (!existsSync(file)) response.writeHead(404).end()
    else
      response
        .writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'text/plain', ...isolation })
        .end(readFileSync(file))
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const { port } = server.address() as AddressInfo
  const browser = await chromium.launch({ executablePath, args: ARGS })
  return {
    browser,
    url: `http://127.0.0.1:${port}/some/folder/`,
    isolated: `http://127.0.0.1:${port}/isolated/folder/`,
    async close() {
      await browser.close()
      server.close()
      rmSync(outDir, { recursive: true })
    },
  }
}
