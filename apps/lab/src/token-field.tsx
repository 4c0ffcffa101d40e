/** Opens a story from a token that somebody has sent. */
import { decodeToken } from '@mmulab/checker'
import { useId, useState } from 'preact/hooks'
import { attempt, type Problem } from './problem.ts'
import { ProblemNote } from './problem-note.tsx'

export function TokenField({ open }: { readonly open: (token: string) => void }) {
  const id = useId()
  const [text, setText] = useState('')
  const [problem, setProblem] = useState<Problem>()
  const submit = (e: Event): void => {
    e.preventDefault()
    // The whole command may be pasted.
    const token = text.trim().split(/\s+/).at(-1) ?? ''
    if (!token) return
    const decoded = attempt(() => decodeToken(token))
    setProblem('problem' in decoded ? decoded.problem : undefined)
    if ('problem' in decoded) return
    setText('')
    open(token)
  }
  return (
    <form class="token-field" onSubmit={submit}>
      <label for={id}>Token</label>
      <input
        id={id}
        value={text}
        placeholder="mmu1.…"
        spellcheck={false}
        autocomplete="off"
        autocapitalize="off"
        aria-invalid={problem !== undefined}
        onInput={(e) => setText(e.currentTarget.value)}
      />
      <button type="submit">Replay</button>
      {problem && <ProblemNote problem={problem} />}
    </form>
  )
}
