/** `--peer spin`: the table, and what of the targets is met. */
import { createLab, formatCell } from '@mmulab/compare'
import { standard } from '@mmulab/standard'
import { editToVerdict, recordingSeconds } from './measure.ts'
import { againstSpin, type PeerRow } from './peer.ts'
import { EDITED, LARGEST, PEER_WORLDS } from './worlds.ts'

/** What is meant to be reached: beside SPIN by one worker, by two beside one, and in CPU seconds. */
const TARGET = { ratio: 3, bytes: 1 / 3, speedup: 1.6, edit: 0.2, recording: 1 }

export interface PeerOptions {
  readonly json: boolean
  readonly runs: number
  /** Without the largest world, which takes minutes, and gigabytes for SPIN. */
  readonly quick: boolean
}

/** Returns whether both sides counted the same everywhere. */
export function comparePeer({ json, runs, quick }: PeerOptions): boolean {
  const lab = createLab(standard)
  // Before anything else, so that it is cold.
  const edit = { world: formatCell(EDITED), ...editToVerdict(lab, EDITED) }
  const worlds = [...PEER_WORLDS, ...(quick ? [] : LARGEST)]
  const recording = Math.max(...worlds.map((world) => recordingSeconds(lab, world)))
  const rows = worlds.map((world) => {
    const title = `${world.policy} ${world.drivers.join('+')} ${world.scenario} ${world.size}`
    const tell = (what: string): void => void process.stderr.write(`${title}: ${what}\n`)
    return againstSpin(lab, world, LARGEST.includes(world) ? 1 : runs, tell)
  })
  const agrees = rows.every((r) => r.agrees)
  if (json)
    process.stdout.write(
      `${JSON.stringify({ schema: 1, peer: 'spin', runs, target: TARGET, agrees, edit, recording, worlds: rows })}\n`,
    )
  else {
    const lines = [
      markdown(rows),
      ...rows.map(verdict),
      `edit to verdict, cold: ${edit.seconds.toFixed(2)} CPU s for ${grouped(edit.states)} states (${met(edit.seconds <= TARGET.edit)}: ${TARGET.edit} s)`,
      `recording, the slowest: ${recording.toFixed(2)} CPU s (${met(recording < TARGET.recording)}: ${TARGET.recording} s)`,
    ]
    process.stdout.write(`${lines.join('\n')}\n`)
  }
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
    'two workers beside one',
    'bytes per state: mmulab',
    'SPIN',
    'CPU s from an edit to the end, recording or gcc included: mmulab',
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
    spreadWords(r.ratio),
    spreadWords(r.workers['2']?.speedup ?? r.ratio),
    r.bytesPerState.toFixed(1),
    r.spin.bytesPerState.toFixed(1),
    r.cold.mmulab.toFixed(2),
    r.cold.spin.toFixed(2),
    grouped(r.spin.reduced.states),
    r.spin.reduced.seconds.toFixed(2),
  ])
  return [head, head.map(() => '---'), ...lines].map((l) => `| ${l.join(' | ')} |`).join('\n')
}

const spreadWords = ({ min, median, max }: PeerRow['ratio']): string =>
  [min, median, max].map((x) => x.toFixed(2)).join(', ')

const met = (is: boolean): string => (is ? 'met' : 'MISSED')

function verdict(r: PeerRow): string {
  const fast = r.ratio.median >= TARGET.ratio
  const small = r.bytesPerState <= r.spin.bytesPerState * TARGET.bytes
  const shared = (r.workers[2]?.speedup.median ?? 0) >= TARGET.speedup
  return `${r.name}: ${met(fast)}: 3 times the states of SPIN per CPU second; ${met(small)}: a third of its bytes per state; ${met(shared)}: two workers 1.6 times as fast as one`
}
