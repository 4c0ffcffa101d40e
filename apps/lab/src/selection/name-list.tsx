/** Names to tick, and a field for one that is not on the list. */
import { useId, useState } from 'preact/hooks'
import { attempt, type Problem } from '../problem.ts'
import { ProblemNote } from '../problem-note.tsx'

export interface NameListProps {
  readonly legend: string
  readonly offered: readonly string[]
  readonly chosen: readonly string[]
  readonly change: (chosen: readonly string[]) => void
  /** `check` throws a LabError for a name that does not exist. */
  readonly add?: {
    readonly label: string
    readonly example: string
    readonly check: (name: string) => unknown
  }
  /** One sentence about a name. */
  readonly about: (name: string) => string
}

export function NameList({ legend, offered, chosen, change, add, about }: NameListProps) {
  // What was typed in stays on the list when it is unticked.
  const [typed, setTyped] = useState<readonly string[]>([])
  const names = [...new Set([...offered, ...typed, ...chosen])]
  const tick = (name: string, on: boolean): void =>
    change(names.filter((n) => (n === name ? on : chosen.includes(n))))
  return (
    <fieldset>
      <legend>{legend}</legend>
      {names.map((name) => {
        const title = attempt(() => about(name))
        return (
          <label key={name} title={'value' in title ? title.value : title.problem.message}>
            <input
              type="checkbox"
              checked={chosen.includes(name)}
              onChange={(e) => tick(name, e.currentTarget.checked)}
            />{' '}
            <code>{name}</code>
          </label>
        )
      })}
      {add && (
        <AddName
          {...add}
          take={(name) => {
            setTyped([...typed, name])
            if (!chosen.includes(name)) change([...chosen, name])
          }}
        />
      )}
    </fieldset>
  )
}

interface AddNameProps extends NonNullable<NameListProps['add']> {
  readonly take: (name: string) => void
}

function AddName({ label, example, check, take }: AddNameProps) {
  const id = useId()
  const [text, setText] = useState('')
  const [problem, setProblem] = useState<Problem>()
  const submit = (e: Event): void => {
    e.preventDefault()
    const name = text.trim()
    if (!name) return
    const checked = attempt(() => check(name))
    setProblem('problem' in checked ? checked.problem : undefined)
    if ('problem' in checked) return
    setText('')
    take(name)
  }
  return (
    <form class="add" onSubmit={submit}>
      <label for={id}>{label}</label>
      <input
        id={id}
        value={text}
        placeholder={example}
        spellcheck={false}
        autocomplete="off"
        autocapitalize="off"
        aria-invalid={problem !== undefined}
        onInput={(e) => setText(e.currentTarget.value)}
      />
      <button type="submit">Add</button>
      {problem && <ProblemNote problem={problem} />}
    </form>
  )
}
