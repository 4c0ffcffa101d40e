/** Something that somebody asked for and that is not there: what is wrong, what there is, what to do next. */
import type { Problem } from './problem.ts'

export function ProblemNote({ problem }: { readonly problem: Problem }) {
  const { message, known, hint } = problem
  return (
    <div class="problem" role="alert">
      <p>
        <span aria-hidden="true">! </span>
        {message}
      </p>
      {known.length > 0 && (
        <p>
          Known: <code>{known.join('  ')}</code>
        </p>
      )}
      {hint && <p>{hint}</p>}
    </div>
  )
}
