/** The address of the page as state: `go` makes an entry in the history, `amend` changes the present one. */
import { useEffect, useState } from 'preact/hooks'
import { formatPlace, type Place, parsePlace } from './url.ts'

export interface Navigation {
  readonly place: Place
  go(place: Partial<Place>): void
  amend(place: Partial<Place>): void
}

export function usePlace(): Navigation {
  const [place, setPlace] = useState(() => parsePlace(location.hash))
  useEffect(() => {
    const follow = (): void => setPlace(parsePlace(location.hash))
    addEventListener('popstate', follow)
    return () => removeEventListener('popstate', follow)
  }, [])
  const move = (change: Partial<Place>, how: 'pushState' | 'replaceState'): void => {
    const next = { ...place, ...change }
    history[how](null, '', `#${formatPlace(next)}`)
    setPlace(next)
  }
  return {
    place,
    go: (change) => move(change, 'pushState'),
    amend: (change) => move(change, 'replaceState'),
  }
}
