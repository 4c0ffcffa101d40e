/** Keys of a story: j, k and the arrows to either side anywhere on the page, up, down, Home and End inside it. */
import type { RefObject } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

const FORWARD = ['j', 'ArrowRight']
const BACK = ['k', 'ArrowLeft']

export function useStepping(
  pane: RefObject<HTMLElement | null>,
  stops: readonly number[],
  step: number,
  goto: (step: number) => void,
): void {
  // Effects run after a page is drawn, keys may come before: the listener reads what was rendered last.
  const latest = useRef({ stops, step, goto })
  latest.current = { stops, step, goto }
  useEffect(() => {
    const onKeyDown = (e: KeyboardEvent): void => {
      const target = e.target instanceof HTMLElement ? e.target : undefined
      // Fields and lists have uses of their own for keys.
      if (e.ctrlKey || e.altKey || e.metaKey || target?.matches('input, select, textarea')) return
      const inside = target !== undefined && pane.current?.contains(target) === true
      const now = latest.current
      const next = stopAfter(e.key, inside, now.stops, now.stops.indexOf(now.step))
      if (next === undefined) return
      e.preventDefault()
      now.goto(next)
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [pane])
}

function stopAfter(
  key: string,
  inside: boolean,
  stops: readonly number[],
  at: number,
): number | undefined {
  if (FORWARD.includes(key) || (inside && key === 'ArrowDown')) return stops[at + 1]
  if (BACK.includes(key) || (inside && key === 'ArrowUp')) return stops[at - 1]
  if (inside && key === 'Home') return stops[0]
  if (inside && key === 'End') return stops.at(-1)
  return undefined
}
