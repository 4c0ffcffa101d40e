/** The matrix: scenarios and driver sets down, policies across. One stop for Tab; arrow keys go from cell to cell. */
import { type CellName, formatCell } from '@mmulab/compare'
import { useEffect, useRef, useState } from 'preact/hooks'
import { lab } from '../plugins.ts'
import type { Runner } from '../run/runner.ts'
import { CellFacts } from './cell-facts.tsx'
import { cellsIn, type Group } from './grid.ts'
import { moveIn } from './grid-keys.ts'
import { MatrixCell } from './matrix-cell.tsx'

export interface MatrixProps {
  readonly groups: readonly Group[]
  readonly policies: readonly string[]
  readonly runner: Runner
  /** The cell that was open last: it gets the focus back. */
  readonly returning: string | undefined
  readonly open: (name: CellName) => void
}

export function Matrix({ groups, policies, runner, returning, open }: MatrixProps) {
  const rows = groups.flatMap((g) => g.rows)
  const keys = rows.map((r) => r.cells.map((cell) => (cell ? formatCell(cell) : '')))
  const [looked, look] = useState<CellName>()
  const [active, setActive] = useState(returning)
  const table = useRef<HTMLTableElement>(null)
  const current =
    active && keys.flat().includes(active) ? active : keys.flat().find((key) => key !== '')

  const focus = (key: string | undefined): void =>
    table.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key ?? '')}"]`)?.focus()
  useEffect(() => focus(returning), [returning])

  const onKeyDown = (e: KeyboardEvent): void => {
    const key = moveIn(keys, current, e)
    if (key === undefined) return
    e.preventDefault()
    focus(key)
  }
  const shown = looked ?? cellsIn(groups).find((c) => formatCell(c) === current)

  return (
    <>
      <div class="matrix-scroll">
        <table
          ref={table}
          // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a grid is a table whose cells take the focus
          role="grid"
          class="matrix"
          aria-label="Verdicts by scenario, drivers and policy"
          onKeyDown={onKeyDown}
        >
          <thead>
            <tr>
              <td class="corner">
                <kbd>↑↓←→</kbd> <kbd>Enter</kbd> opens
                <br />
                drivers, in order of registration
              </td>
              {policies.map((p) => (
                <PolicyHead key={p} name={p} />
              ))}
            </tr>
          </thead>
          {groups.map(({ scenario, rows: ofGroup, leftOut }) => (
            <tbody key={scenario.name}>
              <tr>
                <th scope="rowgroup" colSpan={policies.length + 1} class="scenario">
                  <div>
                    <code>{scenario.name}</code> {scenario.title}
                    {leftOut.length > 0 && (
                      <span class="quiet">
                        {' '}
                        · no {scenario.needs.join(' or ')} in {leftOut.join(', ')}
                      </span>
                    )}
                  </div>
                </th>
              </tr>
              {ofGroup.map(({ set, cells }) => (
                <tr key={set}>
                  <th scope="row" class="drivers">
                    {set}
                  </th>
                  {cells.map((name, column) => {
                    if (!name)
                      return (
                        <td key={policies[column]} class="cell">
                          <span class="quiet">does not apply</span>
                        </td>
                      )
                    const key = formatCell(name)
                    return (
                      <MatrixCell
                        key={key}
                        id={key}
                        outcome={runner.results.get(key)}
                        running={runner.running?.key === key ? runner.running : undefined}
                        reachable={key === current}
                        open={() => open(name)}
                        focused={() => {
                          setActive(key)
                          look(name)
                        }}
                        looked={(on) => look(on ? name : undefined)}
                      />
                    )
                  })}
                </tr>
              ))}
            </tbody>
          ))}
        </table>
      </div>
      {shown && <CellFacts name={shown} outcome={runner.results.get(formatCell(shown))} />}
    </>
  )
}

function PolicyHead({ name }: { readonly name: string }) {
  const { resolved, title } = lab.policy(name)
  const [base, ...patches] = name.split('+')
  return (
    <th scope="col" class="policy" title={title}>
      {base}
      {patches.map((p) => (
        <span key={p} class="patch">
          {' '}
          +{p}
        </span>
      ))}
      {resolved !== name && <span class="resolved"> behaves as {resolved.split('+')[0]}</span>}
    </th>
  )
}
