/** The page: the matrix, or one cell of it, as the address says. */

import { decodeToken } from '@mmulab/checker'
import { type CellName, formatCell, parseCell, type Selection } from '@mmulab/compare'
import { useMemo, useState } from 'preact/hooks'
import { CellDetail } from './cell/cell-detail.tsx'
import { cellsIn, groupsOf } from './matrix/grid.ts'
import { Matrix } from './matrix/matrix.tsx'
import { lab } from './plugins.ts'
import { attempt, type Problem } from './problem.ts'
import { ProblemNote } from './problem-note.tsx'
import { ProgressLine } from './run/progress-line.tsx'
import { useRunner } from './run/use-runner.ts'
import { SelectionControls } from './selection/selection.tsx'
import { TokenField } from './token-field.tsx'
import { formatPlace } from './url.ts'
import { usePlace } from './use-place.ts'

const NOTHING_OPEN = {
  cell: undefined,
  token: undefined,
  claim: undefined,
  against: undefined,
  step: undefined,
}

export function App() {
  const navigation = usePlace()
  const { place, go } = navigation
  const { selection, problems } = useMemo(() => known(place.selection), [place.selection])
  const groups = useMemo(() => groupsOf(selection), [selection])
  const cells = useMemo(() => cellsIn(groups), [groups])
  const open = useMemo(() => openCell(place.cell, place.token), [place.cell, place.token])
  const name = open && 'value' in open ? open.value : undefined
  const urgent = place.token ? undefined : name
  const runner = useRunner(
    [...cells, ...(urgent ? [urgent] : [])].map(formatCell).join(),
    cells,
    urgent,
  )
  const [last, setLast] = useState<string>()

  const show = (cell: CellName): void => {
    setLast(formatCell(cell))
    go({ ...NOTHING_OPEN, cell })
  }
  const close = (): void => {
    if (name) setLast(formatCell(name))
    go(NOTHING_OPEN)
  }
  return (
    <>
      <header>
        <h1>mmulab</h1>
        <p class="motto">Every interleaving of mmu notifiers, drivers and the mm</p>
        <ProgressLine cells={cells} runner={runner} />
        <TokenField open={(token) => go({ ...NOTHING_OPEN, token })} />
      </header>
      <main>
        {problems.map((problem) => (
          <ProblemNote key={problem.message} problem={problem} />
        ))}
        {open && 'problem' in open && <ProblemNote problem={open.problem} />}
        {name ? (
          <CellDetail
            name={name}
            runner={runner}
            navigation={navigation}
            token={place.token}
            close={close}
          />
        ) : (
          <>
            <SelectionControls
              selection={selection}
              change={(s) => go({ ...NOTHING_OPEN, selection: s })}
            />
            {formatPlace({ selection }) === '' && (
              <p class="lead">
                The question of 2019: of two notifiers on one mm, the first says yes to a start that
                may not block, the second answers -EAGAIN. Who ends what the first began?
              </p>
            )}
            <Matrix
              groups={groups}
              policies={selection.policies}
              runner={runner}
              returning={last}
              open={show}
            />
          </>
        )}
      </main>
    </>
  )
}

/** The names of a selection that exist, and what is wrong with the others. */
function known(asked: Selection): { selection: Selection; problems: Problem[] } {
  const problems: Problem[] = []
  const keep = (names: readonly string[], find: (name: string) => unknown): string[] =>
    [...new Set(names)].filter((name) => {
      const found = attempt(() => find(name))
      if ('problem' in found) problems.push(found.problem)
      return 'value' in found
    })
  const selection = {
    policies: keep(asked.policies, lab.policy),
    driverSets: keep(asked.driverSets, lab.driverSet),
    scenarios: keep(asked.scenarios, lab.scenario),
    size: asked.size,
  }
  return { selection, problems }
}

/** The cell that the address names, by itself or inside a token; undefined when none is open. */
function openCell(cell: CellName | undefined, token: string | undefined) {
  if (!cell && !token) return undefined
  return attempt((): CellName => {
    const name = token ? parseCell(decodeToken(token).cell) : cell
    if (!name) throw new Error('nothing is open')
    const policy = lab.policy(name.policy)
    for (const driver of name.drivers) lab.driver(driver, policy)
    lab.scenario(name.scenario)
    return name
  })
}
