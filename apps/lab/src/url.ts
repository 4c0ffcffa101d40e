/**
 * Where the page is: everything that a link restores, in the fragment of the address.
 *
 *     #policies=mainline@5.4,mainline@5.12&cell=mainline@5.4/kvm+i915-userptr/oom-reap&claim=progress&step=12
 *     #token=mmu1.…
 *
 * What is as in the 2019 question is left out. Names that do not exist are kept: the page says so in words.
 */
import { type CellName, QUESTION_2019, type Selection } from '@mmulab/compare'
import { SIZES } from '@mmulab/core'
import { CLAIMS, type ClaimId } from '@mmulab/model'

export interface Place {
  readonly selection: Selection
  /** The open cell. */
  readonly cell?: CellName | undefined
  /** A story from a token alone. */
  readonly token?: string | undefined
  /** The broken promise whose story is told; by default the first. */
  readonly claim?: ClaimId | undefined
  /** The policy that the story is put beside. */
  readonly against?: string | undefined
  /** Moves that have been made. */
  readonly step?: number | undefined
  /** Every step of the story is told. */
  readonly full?: boolean | undefined
}

const LISTS = [
  ['policies', 'policies'],
  ['drivers', 'driverSets'],
  ['scenarios', 'scenarios'],
] as const

export function formatPlace(place: Place): string {
  const { selection, cell, token, claim, against, step, full } = place
  const parts: [string, string | undefined][] = LISTS.map(([key, list]) => {
    const text = selection[list].join()
    return [key, text === QUESTION_2019[list].join() ? undefined : text]
  })
  parts.push(['size', selection.size === QUESTION_2019.size ? undefined : selection.size])
  parts.push(['cell', cell && [cell.policy, cell.drivers.join('+'), cell.scenario].join('/')])
  parts.push(['token', token], ['claim', claim], ['against', against], ['step', step?.toString()])
  parts.push(['full', full ? '1' : undefined])
  return parts.flatMap(([k, v]) => (v === undefined ? [] : [`${k}=${encode(v)}`])).join('&')
}

export function parsePlace(fragment: string): Place {
  const at = new Map(
    fragment
      .replace(/^#/, '')
      .split('&')
      .map((part): [string, string] => {
        const [key = '', ...value] = part.split('=')
        return [key, decode(value.join('='))]
      }),
  )
  const list = (key: string, otherwise: readonly string[]): readonly string[] =>
    at.get(key)?.split(',').filter(Boolean) ?? otherwise
  const size = SIZES.find((s) => s === at.get('size')) ?? QUESTION_2019.size
  const [policy, drivers, scenario] = at.get('cell')?.split('/') ?? []
  const step = Number.parseInt(at.get('step') ?? '', 10)
  return {
    selection: {
      policies: list('policies', QUESTION_2019.policies),
      driverSets: list('drivers', QUESTION_2019.driverSets),
      scenarios: list('scenarios', QUESTION_2019.scenarios),
      size,
    },
    cell:
      policy && drivers && scenario
        ? { policy, drivers: drivers.split('+'), scenario, size }
        : undefined,
    token: at.get('token') || undefined,
    claim: CLAIMS.find((c) => c === at.get('claim')),
    against: at.get('against') || undefined,
    step: Number.isNaN(step) ? undefined : Math.max(0, step),
    full: at.get('full') === '1',
  }
}

/** A plus stays a plus, so addresses can be read and typed. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/%(40|2B|2C|2F)/g, (code) => decodeURIComponent(code))

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
