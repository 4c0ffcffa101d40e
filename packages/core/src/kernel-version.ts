/** Kernel versions such as 5.4. */

/** The two numbers of a version, or undefined for what is none. */
export function parseVersion(version: string): readonly [number, number] | undefined {
  const m = /^(\d+)\.(\d+)$/.exec(version)
  return m ? [Number(m[1]), Number(m[2])] : undefined
}

/** Whether a version is at least another; both must be of the form 5.4. */
export function atLeast(version: string, other: string): boolean {
  const [a, b] = parseVersion(version) ?? [0, 0]
  const [c, d] = parseVersion(other) ?? [0, 0]
  return a > c || (a === c && b >= d)
}
