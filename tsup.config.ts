import { defineConfig } from 'tsup'

// One build recipe for every package: `tsup --config ../../tsup.config.ts`.
// Programs (the command, the benchmarks) name their own entry and add `--no-dts`.
export default defineConfig({
  entry: ['src/index.ts'],
  format: 'esm',
  // tsup 8 sets `baseUrl` for its declaration build, which TypeScript 6 deprecates.
  dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
  clean: true,
  sourcemap: true,
  target: 'es2022',
})
