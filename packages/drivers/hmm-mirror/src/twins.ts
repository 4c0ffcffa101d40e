import type { ActivityKind } from '@mmulab/core'

/** What eras with a counter of sections have twins for. */
export const TWINS = {
  leaves: 'a twin whose last user may go',
  nouveau: 'a twin with nouveau of 5.1 to 5.4 on top',
  amdgpu: 'a twin with amdgpu of 5.2 to 5.4 on top',
} as const

export type Twin = keyof typeof TWINS

/** nouveau has no work of its own under its lock; a twin that leaves can be left. */
export function offersOf(twin: Twin | undefined): readonly ActivityKind[] {
  if (twin === 'nouveau') return ['fault', 'register']
  return ['fault', 'busy', 'register', ...(twin === 'leaves' ? (['unregister'] as const) : [])]
}
