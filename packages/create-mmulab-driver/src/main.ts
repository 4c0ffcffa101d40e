#!/usr/bin/env node
import { createInterface } from 'node:readline/promises'
import type { Ask } from './answers.ts'
import { run } from './run.ts'

/** Questions go to stderr: stdout says what was made. */
const askPerson: Ask = async (question, otherwise) => {
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return (await lines.question(`${question} (${otherwise}): `)).trim() || otherwise
  } finally {
    lines.close()
  }
}

process.exitCode = await run(process.argv.slice(2), {
  cwd: process.cwd(),
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  ask: process.stdin.isTTY && process.stderr.isTTY ? askPerson : undefined,
})
