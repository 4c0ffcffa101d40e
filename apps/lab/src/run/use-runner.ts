/** The runner of the page, as a hook: the page is drawn again at most once a frame. */
import type { CellName } from '@mmulab/compare'
import { useEffect, useReducer, useRef } from 'preact/hooks'
import { createRunner, type Runner } from './runner.ts'

const startWorker = (): Worker =>
  new Worker(new URL('../checker.worker.ts', import.meta.url), { type: 'module' })

/** `key`: changes when the cells do. */
export function useRunner(
  key: string,
  cells: readonly CellName[],
  urgent: CellName | undefined,
): Runner {
  const [, draw] = useReducer((n: number, _: undefined) => n + 1, 0)
  const ref = useRef<Runner | undefined>(undefined)
  if (!ref.current) {
    let frame = 0
    ref.current = createRunner(
      startWorker,
      () => {
        if (frame) return
        frame = requestAnimationFrame(() => {
          frame = 0
          draw(undefined)
        })
      },
      navigator.hardwareConcurrency,
    )
  }
  const runner = ref.current
  useEffect(() => runner.want(cells, urgent), [runner, key])
  return runner
}
