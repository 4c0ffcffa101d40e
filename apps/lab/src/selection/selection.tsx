/** What is run: three lists of names to tick or to type, and the size. */
import { QUESTION_2019, type Selection } from '@mmulab/compare'
import { SIZES } from '@mmulab/core'
import { count } from '@mmulab/report'
import { lab, OFFERED_DRIVER_SETS, OFFERED_POLICIES, OFFERED_SCENARIOS } from '../plugins.ts'
import { NameList } from './name-list.tsx'

export interface SelectionProps {
  readonly selection: Selection
  readonly change: (selection: Selection) => void
}

export function SelectionControls({ selection, change }: SelectionProps) {
  const set = (part: Partial<Selection>): void => change({ ...selection, ...part })
  return (
    <details class="selection">
      <summary>
        Selection: {count(selection.policies.length, 'policy', 'policies')},{' '}
        {count(selection.driverSets.length, 'driver set')},{' '}
        {count(selection.scenarios.length, 'scenario')}, {selection.size}
      </summary>
      <div class="lists">
        <NameList
          legend="Policies"
          offered={OFFERED_POLICIES}
          chosen={selection.policies}
          change={(policies) => set({ policies })}
          add={{ label: 'Another policy', example: 'mainline@6.1', check: (n) => lab.policy(n) }}
          about={(n) => lab.policy(n).title}
        />
        <NameList
          legend="Driver sets, in order of registration"
          offered={OFFERED_DRIVER_SETS}
          chosen={selection.driverSets}
          change={(driverSets) => set({ driverSets })}
          add={{
            label: 'Another set',
            example: 'kvm+hmm-mirror',
            check: (n) => lab.driverSet(n),
          }}
          about={(n) =>
            lab
              .driverSet(n)
              .map((d) => d.title)
              .join('; ')
          }
        />
        <NameList
          legend="Scenarios"
          offered={OFFERED_SCENARIOS}
          chosen={selection.scenarios}
          change={(scenarios) => set({ scenarios })}
          about={(n) => lab.scenario(n).title}
        />
        <fieldset>
          <legend>Size</legend>
          {SIZES.map((size) => (
            <label key={size}>
              <input
                type="radio"
                name="size"
                checked={selection.size === size}
                onChange={() => set({ size })}
              />{' '}
              {size}
            </label>
          ))}
          <p class="hint">
            Large worlds have more pages, sections and attempts. Some take minutes.
          </p>
          <button type="button" onClick={() => change(QUESTION_2019)}>
            Back to the question of 2019
          </button>
        </fieldset>
      </div>
    </details>
  )
}
