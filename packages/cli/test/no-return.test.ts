// Every story of a task that can never finish any more, or of a deadlock, says from where on.
import { expect, it } from 'vitest'
import { mmulab, words } from './host.ts'

it.each([
  ['mainline@5.4', 'kvm+i915-userptr', 'oom-reap', ''],
  ['mainline@5.4', 'kvm+i915-userptr', 'oom-reap', '--reductions all'],
  ['mainline@5.4', 'kvm+i915-userptr', 'oom-reap', '--mode pct=3'],
  ['mainline@4.19', 'i915-userptr', 'pin-reclaim', '--all'],
  ['mainline@5.4', 'rdma-odp@4.20+i915-userptr', 'oom-reap-register', '--all'],
  ['mainline@5.12', 'kvm~keeps-count', 'unregister-in-section', ''],
])('%s %s %s %s', async (policy, drivers, scenario, options) => {
  const cell = `check --policy ${policy} --drivers ${drivers} --scenario ${scenario} ${options}`
  const { status, out } = await mmulab(words(cell.trim()))
  expect(status).toBe(10)
  // A story begins with its title and ends with what was required.
  const stories = out.split(/^(?=[a-z, ]+, \d+ steps?, under )/m).slice(1)
  const lost = stories.filter((s) => /^[^,]*\b(progress|deadlock)\b/.test(s))
  expect(lost.length).toBeGreaterThan(0)
  for (const story of lost) expect(story.match(/^--- from here on/gm)).toHaveLength(1)
})
