/** What eras with a counter of sections have twins for. */
export const TWINS = {
  leaves: 'a twin whose last user may go',
  amdgpu: 'a twin with amdgpu of 5.2 to 5.4 on top',
} as const

export type Twin = keyof typeof TWINS
