/** The token of a story, and what to do with it elsewhere. */
import { useEffect, useState } from 'preact/hooks'

export function TokenBox({ token }: { readonly token: string }) {
  const command = `mmulab replay ${token}`
  const link = (): string => `${location.href.replace(/#.*/, '')}#token=${token}`
  return (
    <div class="token">
      <code class="command">
        <span class="prompt">$ </span>
        {command}
      </code>
      <CopyButton label="Copy command" text={() => command} />
      <CopyButton label="Copy token" text={() => token} />
      <CopyButton label="Copy link" text={link} />
    </div>
  )
}

function CopyButton({ label, text }: { readonly label: string; readonly text: () => string }) {
  const [said, say] = useState('')
  useEffect(() => {
    if (!said) return undefined
    const timer = setTimeout(() => say(''), 2000)
    return () => clearTimeout(timer)
  }, [said])
  const copy = (): void => {
    // Only pages from https or this machine have a clipboard.
    const copying = navigator.clipboard?.writeText(text()) ?? Promise.reject()
    copying.then(
      () => say('Copied'),
      () => say('Not possible here; select it'),
    )
  }
  return (
    <button type="button" onClick={copy}>
      <span aria-live="polite">{said || label}</span>
    </button>
  )
}
