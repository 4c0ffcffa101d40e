/** `--recording`: CPU seconds to record and link the shipped cells that are known to take longest; the first one cold, and with the code that it warms for the others. */

import { link } from '@mmulab/checker'
import { buildNamed, createLab, formatCell } from '@mmulab/compare'
import { standard } from '@mmulab/standard'
import { cpuSeconds } from './measure.ts'
import { SLOW_TO_RECORD } from './worlds.ts'

const ALLOWED = 1

export function measureRecording(json: boolean): void {
  const lab = createLab(standard)
  const worlds = SLOW_TO_RECORD.map((name) => {
    const { world } = buildNamed(lab, name)
    const begin = cpuSeconds()
    const { unminimised, nodes } = link(world).size
    const seconds = cpuSeconds() - begin
    if (!json)
      process.stdout.write(
        `${formatCell(name)}  ${seconds.toFixed(2)} CPU s (${seconds < ALLOWED ? 'met' : 'MISSED'}: ${ALLOWED} s), ${unminimised.toLocaleString('en')} places, ${nodes.toLocaleString('en')} left\n`,
      )
    return { name: formatCell(name), seconds, places: unminimised, left: nodes }
  })
  if (json) process.stdout.write(`${JSON.stringify({ schema: 1, allowed: ALLOWED, worlds })}\n`)
}
