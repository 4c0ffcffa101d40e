/** The README of the new package: what it is, and what to fill in. */
import type { Answers } from './answers.ts'

export function readme({ name, title }: Answers, monorepo: boolean): string {
  const own = monorepo ? `@mmulab/driver-${name}` : `mmulab-driver-${name}`
  const run = monorepo
    ? `    npx vitest run packages/drivers/${name}`
    : `    npm test
    npx mmulab conform ./src/index.ts
    npx mmulab conform ./src/index.ts --mutants`
  return `# ${own}

A driver for [mmulab](https://www.npmjs.com/package/mmulab): ${title}.

| | |
|---|---|
| follows | the kernel files and versions that it was read from |
| state | |
| locks | |
| refuses | when, and with what |
| end operation | |
| pins pages | |
| left out | what the kernel does and this does not |

${run}

MIT
`
}
