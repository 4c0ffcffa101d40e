import { defaultClientConditions, defineConfig } from 'vite'

// Workers that share memory need a page that is isolated from other origins.
const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
}

export default defineConfig({
  // Relative, so that the built page works from any folder of any server.
  base: './',
  // The workspace's packages are taken from their sources: no build of them is needed first.
  resolve: { conditions: ['@mmulab/source', ...defaultClientConditions] },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: { target: 'es2022' },
  worker: { format: 'es' },
  server: { headers },
  preview: { headers },
})
