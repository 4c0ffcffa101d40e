/** Where a key leads from a cell of a grid. */
export function moveIn(
  rows: readonly (readonly string[])[],
  current: string | undefined,
  e: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'altKey' | 'metaKey'>,
): string | undefined {
  return target(rows, current, e) || undefined
}

/** An empty string where there is a place and no cell. */
function target(
  rows: readonly (readonly string[])[],
  current: string | undefined,
  e: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'altKey' | 'metaKey'>,
): string | undefined {
  if (e.altKey || e.metaKey) return undefined
  const y = rows.findIndex((r) => r.some((key) => key === current))
  const x = rows[y]?.indexOf(current ?? '') ?? 0
  const row = rows[y] ?? []
  switch (e.key) {
    case 'ArrowLeft':
      return row[x - 1]
    case 'ArrowRight':
      return row[x + 1]
    case 'ArrowUp':
      return rows[y - 1]?.[x]
    case 'ArrowDown':
      return rows[y + 1]?.[x]
    case 'Home':
      return e.ctrlKey ? rows[0]?.[0] : row[0]
    case 'End':
      return e.ctrlKey ? rows.at(-1)?.at(-1) : row.at(-1)
    default:
      return undefined
  }
}
