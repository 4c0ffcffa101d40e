import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { defineConfig } from 'tsup'
import ts from 'typescript'

const compilerOptions = { isolatedDeclarations: true, target: ts.ScriptTarget.ES2022 }

/**
 * Writes `dist/X.d.ts` for each `src/X.ts` that the types of the entries reach. With `isolatedDeclarations` a file's types follow from
 * its own text, so nothing is checked here: tsup's own declaration build needs six seconds for a package, and `typecheck` checks.
 */
function declarations(entries: readonly string[]): void {
  const sources = new Set(entries)
  for (const source of sources) {
    const { outputText, diagnostics = [] } = ts.transpileDeclaration(readFileSync(source, 'utf8'), {
      fileName: source,
      reportDiagnostics: true,
      compilerOptions,
    })
    for (const { messageText } of diagnostics) {
      throw new Error(`${source}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`)
    }
    const target = source.replace(/^src/, 'dist').replace(/\.ts$/, '.d.ts')
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, outputText)
    for (const { fileName } of ts.preProcessFile(outputText).importedFiles) {
      if (fileName.startsWith('.')) sources.add(join(dirname(source), fileName))
    }
  }
}

// One build recipe for every package: `tsup --config ../../tsup.config.ts`.
// Programs (the command, the benchmarks) name their own entry and add `--no-dts`.
export default defineConfig((asked) => {
  const entry = (asked.entry as string[] | undefined) ?? ['src/index.ts']
  return {
    entry,
    format: 'esm',
    dts: false,
    onSuccess: async () => {
      if (asked.dts !== false) declarations(entry)
    },
    clean: true,
    sourcemap: true,
    target: 'es2022',
  }
})
