/** What the tab and the history call the page while a part of it is shown. */
import { useEffect } from 'preact/hooks'

export function useTitle(title: string): void {
  useEffect(() => {
    const before = document.title
    document.title = `${title} · mmulab`
    return () => {
      document.title = before
    }
  }, [title])
}
