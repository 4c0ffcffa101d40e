/** Which policy the story is put beside. */
import { useId } from 'preact/hooks'
import { OFFERED_POLICIES } from '../plugins.ts'

export interface AgainstChoiceProps {
  readonly own: string
  readonly against: string | undefined
  readonly selected: readonly string[]
  readonly choose: (policy: string | undefined) => void
}

export function AgainstChoice({ own, against, selected, choose }: AgainstChoiceProps) {
  const id = useId()
  const names = [...new Set([...selected, ...OFFERED_POLICIES, ...(against ? [against] : [])])]
  return (
    <p class="against">
      <label for={id}>The same schedule under</label>{' '}
      <select
        id={id}
        value={against ?? ''}
        onChange={(e) => choose(e.currentTarget.value || undefined)}
      >
        <option value="">no other policy</option>
        {names
          .filter((n) => n !== own)
          .map((n) => (
            <option key={n} value={n}>
              {n}
            </option>
          ))}
      </select>
    </p>
  )
}
