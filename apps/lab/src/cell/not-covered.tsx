/** What the verdicts of a cell do not speak of. Never folded away. */
import type { CellName } from '@mmulab/compare'
import { nameOf } from '@mmulab/core'
import { count } from '@mmulab/report'
import { lab } from '../plugins.ts'
import type { CellSummary } from '../run/summary.ts'

export interface NotCoveredProps {
  readonly name: CellName
  /** None before the cell has been run; what is known without that is shown. */
  readonly summary: CellSummary | undefined
}

export function NotCovered({ name, summary }: NotCoveredProps) {
  const policy = lab.policy(name.policy)
  const scenario = lab.scenario(name.scenario)
  const bounds = Object.entries(scenario.sizes[name.size])
  const items = summary?.notCovered ?? [
    ...policy.partlyKnown,
    ...policy.notCovered,
    `beyond the bounds: ${bounds.map(([k, v]) => `${k} ${v}`).join(', ')}`,
  ]
  const never = summary?.result.neverReached ?? []
  return (
    <aside class="not-covered" aria-labelledby="not-covered-title">
      <h3 id="not-covered-title">Not covered</h3>
      <ul>
        {items.map((item) => (
          <li key={item}>{item}</li>
        ))}
      </ul>
      <dl>
        <dt>Policy</dt>
        <dd>
          <code>{policy.name}</code>
          {policy.resolved !== policy.name && (
            <>
              , run as <code>{policy.resolved}</code>
            </>
          )}
        </dd>
        <dt>Drivers</dt>
        <dd>
          {name.drivers.map((d) => {
            const driver = lab.driver(d, policy)
            return (
              <div key={d} title={driver.title}>
                <code>{nameOf(driver)}</code> <span class="quiet">{driver.source}</span>
              </div>
            )
          })}
        </dd>
        {summary && summary.result.sometimes.length > 0 && (
          <>
            <dt>Must be possible</dt>
            <dd>
              {summary.result.sometimes.map((s) => (
                <div key={s.name}>
                  {s.reached ? '✓' : '✗ never:'} {s.name}
                </div>
              ))}
            </dd>
          </>
        )}
      </dl>
      {never.length > 0 && (
        <details>
          <summary>{count(never.length, 'op')} that no schedule reaches</summary>
          <ul class="mono">
            {never.map((op) => (
              <li key={op}>{op}</li>
            ))}
          </ul>
        </details>
      )}
    </aside>
  )
}
