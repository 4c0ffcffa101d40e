/**
 * Which places of several tasks have the same future: partition refinement as in `minimise.ts`, of all tasks together, with whatever
 * is seen of a place in place of its op.
 */
import { at } from './layout.ts'

/** A place as it is looked at. */
export interface Look {
  readonly key: string
  /** Places of the same task that it leads to. */
  readonly nexts: readonly number[]
  /** What is seen of where it leads to, if its next places have these numbers. */
  readonly leads: (number: (node: number) => number) => string
}

/** Per task and place a number; equal ones where the same is seen for ever. */
export function sameFutures(tasks: readonly (readonly Look[])[]): number[][] {
  const places = tasks.flatMap((list, t) => list.map((look, node) => ({ ...look, t, node })))
  const begin = tasks.map((_, t) => tasks.slice(0, t).reduce((n, list) => n + list.length, 0))
  const before: number[][] = places.map(() => [])
  places.forEach(({ nexts, t }, i) => {
    for (const to of nexts) at(before, at(begin, t) + to).push(i)
  })
  const known = new Map<string, number>()
  const numbers = places.map(({ key }) => {
    const n = known.get(key) ?? known.size
    known.set(key, n)
    return n
  })
  const members: number[] = []
  for (const n of numbers) members[n] = (members[n] ?? 0) + 1
  for (let look = [...places.keys()]; look.length > 0; ) {
    const groups = new Map<string, number[]>()
    for (const i of look) {
      const { t, leads } = at(places, i)
      const key = `${at(numbers, i)}|${leads((node) => at(numbers, at(begin, t) + node))}`
      const group = groups.get(key) ?? []
      group.push(i)
      groups.set(key, group)
    }
    const moved: number[] = []
    for (const group of groups.values()) {
      const old = at(numbers, at(group, 0))
      // Those who are not looked at again have seen the same as before; of these, the last keep the number.
      if (at(members, old) === group.length) continue
      members[old] = at(members, old) - group.length
      for (const i of group) numbers[i] = members.length
      members.push(group.length)
      moved.push(...group)
    }
    look = [...new Set(moved.flatMap((i) => at(before, i)))]
  }
  return tasks.map((list, t) => numbers.slice(at(begin, t), at(begin, t) + list.length))
}
