import { defineConfig } from 'vitest/config'

// Workspace packages resolve to their sources in tests, so no build is needed
// first and coverage counts the real files.
const conditions = ['@mmulab/source']

const exclude = ['**/node_modules/**', '**/dist/**']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    passWithNoTests: true,
    // All processors: by default one is left free, and CI has two.
    maxWorkers: '100%',
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['packages/**/test/**/*.test.ts'],
          exclude,
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'house',
          include: ['test/**/*.test.ts'],
          exclude: [...exclude, 'test/fidelity.test.ts'],
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: { name: 'fidelity', include: ['test/fidelity.test.ts'], exclude },
      },
      {
        extends: true,
        oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
        test: {
          name: 'app',
          include: ['apps/lab/test/**/*.test.{ts,tsx}'],
          exclude,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['packages/**/src/**', 'apps/*/src/**'],
      reporter: ['text-summary'],
    },
  },
})
