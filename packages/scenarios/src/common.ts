/** What several scenarios ask of the mm. */
import type { Stage, Vma } from '@mmulab/core'
import { any, eq, type Sometimes } from '@mmulab/model'

export const firstVma = (stage: Stage): Vma => {
  const [vma] = stage.kernel.mm.vmas
  if (!vma) throw new Error('a mm without a VMA')
  return vma
}

export const unmapped = (stage: Stage): Sometimes => ({
  name: 'a page is unmapped',
  when: any(stage.kernel.mm.pte, (pte) => eq(pte, 0)),
})

export const times = <T>(n: number, f: (i: number) => T): T[] =>
  Array.from({ length: n }, (_, i) => f(i))
