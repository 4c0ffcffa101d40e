/** `mmulab export`: the world of a cell in the language of another checker. */
import { expressible, type Linked, link, promela, tla } from '@mmulab/checker'
import { buildNamed } from '@mmulab/compare'
import { CLAIMS, type ClaimId, nearest } from '@mmulab/model'
import { SCHEMA } from '@mmulab/report'
import { EXIT } from './exit.ts'
import type { Io } from './io.ts'
import { labFor } from './lab.ts'
import { type Common, writeJson } from './output.ts'
import { type CellOptions, oneCell, usage } from './usage.ts'

const WRITERS = { promela, tla } as const

export interface ExportOptions extends Common, CellOptions {
  readonly format: keyof typeof WRITERS
  readonly claim?: readonly string[]
}

export async function exportWorld(options: ExportOptions, io: Io): Promise<number> {
  const { format } = options
  const asked = options.claim?.map(claimNamed)
  const name = oneCell(options)
  const linked = link(buildNamed(await labFor(options, io), name).world)
  const claims = judgeable(linked, asked)
  const text = WRITERS[format](linked, { claims })
  if (options.json) writeJson(io, { schema: SCHEMA, ...name, format, claims, text })
  else io.out(text)
  return EXIT.holds
}

function claimNamed(name: string): ClaimId {
  const claim = CLAIMS.find((c) => c === name)
  if (claim) return claim
  const near = nearest(name, CLAIMS)
  throw usage(
    'UNKNOWN_CLAIM',
    `There is no claim called ${name}.`,
    'mmulab list claims shows all of them.',
    [...near, ...CLAIMS.filter((c) => !near.includes(c))],
  )
}

/** All that the other checkers have words for, or those that are asked for. */
function judgeable(linked: Linked, asked: readonly ClaimId[] | undefined): readonly ClaimId[] {
  const known = expressible(linked)
  const foreign = asked?.find((c) => !known.includes(c))
  if (foreign !== undefined)
    throw usage(
      'CLAIM_NOT_EXPRESSIBLE',
      `In this world ${foreign} is no claim that SPIN or TLA+ could judge.`,
      'Only claims about single states and steps can be exported; mmulab check judges the others.',
      known,
    )
  return asked ?? known
}
