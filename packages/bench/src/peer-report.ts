/** `--peer spin`: the table, and what of the targets is met. */
import { createLab } from '@mmulab/compare'
import { standard } from '@mmulab/standard'
import { againstSpin, type PeerRow } from './peer.ts'
import { LARGEST, PEER_WORLDS } from './worlds.ts'

/** What one worker is meant to reach beside SPIN. */
const TARGET = { ratio: 3, bytes: 1 / 3 }

export interface PeerOptions {
  readonly json: boolean
  readonly runs: number
  /** The largest worlds as well: minutes each, and memory for the depth-first stack of SPIN. */
  readonly all: boolean
}

/** Returns whether both sides counted the same everywhere. */
export function comparePeer({ json, runs, all }: PeerOptions): boolean {
  const lab = createLab(standard)
  const worlds = all ? [...PEER_WORLDS, ...LARGEST] : PEER_WORLDS
  const rows = worlds.map((world) => {
    const title = `${world.policy} ${world.drivers.join('+')} ${world.scenario} ${world.size}`
    return againstSpin(lab, world, runs, (what) => process.stderr.write(`${title}: ${what}\n`))
  })
  const agrees = rows.every((r) => r.agrees)
  if (json)
    process.stdout.write(
      `${JSON.stringify({ schema: 1, peer: 'spin', runs, target: TARGET, agrees, worlds: rows })}\n`,
    )
  else process.stdout.write(`${markdown(rows)}\n${rows.map(verdict).join('\n')}\n`)
  return agrees
}

const grouped = (n: number): string => Math.round(n).toLocaleString('en')
const million = (n: number): string => (n / 1e6).toFixed(2)

function markdown(rows: readonly PeerRow[]): string {
  const head = [
    'world',
    'states',
    'transitions',
    'equal',
    'million states per CPU s: mmulab',
    'SPIN',
    'ratio (min, median, max)',
    'bytes per state: mmulab',
    'SPIN',
    'SPIN with reduction: states',
    'CPU s',
  ]
  const lines = rows.map((r) => [
    r.name.replaceAll('|', ' '),
    grouped(r.states),
    grouped(r.transitions),
    r.agrees ? 'yes' : `NO: ${grouped(r.spin.states)}, ${grouped(r.spin.transitions)}`,
    million(r.statesPerSecond),
    million(r.spin.statesPerSecond),
    [r.ratio.min, r.ratio.median, r.ratio.max].map((x) => x.toFixed(2)).join(', '),
    r.bytesPerState.toFixed(1),
    r.spin.bytesPerState.toFixed(1),
    grouped(r.spin.reduced.states),
    r.spin.reduced.seconds.toFixed(2),
  ])
  return [head, head.map(() => '---'), ...lines].map((l) => `| ${l.join(' | ')} |`).join('\n')
}

function verdict(r: PeerRow): string {
  const fast = r.ratio.median >= TARGET.ratio
  const small = r.bytesPerState <= r.spin.bytesPerState * TARGET.bytes
  return `${r.name}: ${fast ? 'met' : 'MISSED'}: 3 times the states of SPIN per CPU second; ${small ? 'met' : 'MISSED'}: a third of its bytes per state`
}
