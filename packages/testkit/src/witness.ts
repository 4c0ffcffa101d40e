/** A driver that does nothing keeps every promise: it must be seen to map a page and to lose it to a section. */
import { check, link } from '@mmulab/checker'
import { buildNamed, type CellName, formatCell } from '@mmulab/compare'
import { all, and, any, eq, type Goal, ne, or, type Sometimes } from '@mmulab/model'
import { broken, type Case, type CaseResult, KEPT, notApplicable } from './case.ts'
import type { Kit } from './kit.ts'
import { PLANS, type Plan } from './plan.ts'
import { guarded } from './shape.ts'

const MAPS = 'the device maps a page'
/** Another than at first: a fault has brought it back. */
const AGAIN = 'the device maps a new page after a section'
const LOSES = 'nothing of it is mapped any more'

/** Nothing has come in between. */
const ALL = 'the device maps all that it was set up with'

/** Both need not happen in one world: a scenario may begin with what another one ends with. */
function seen(kit: Kit, plan: Plan, wanted: ReadonlySet<string>): string[] {
  const name = wanted.size > 0 ? kit.name(plan) : undefined
  if (!name || plan.watched || plan.refuser || plan.scenario === 'overlap') return []
  const cell = buildNamed(kit.lab, name)
  const [instance] = cell.instances
  if (!instance) return []
  const mapped = cell.kernel.mm.virtualPages.map((va) => instance.mapping(va))
  const sometimes: Sometimes[] = [
    { name: MAPS, when: any(mapped, (m) => ne(m, 0)) },
    { name: LOSES, when: all(mapped, (m) => eq(m, 0)) },
    { name: ALL, when: all(mapped, (m) => ne(m, 0)) },
    { name: AGAIN, when: any(mapped, (m, va) => and(ne(m, 0), ne(m, va + 1))) },
  ].filter((s) => wanted.has(s.name))
  const result = check(link({ ...cell.world, sometimes }))
  return result.sometimes.flatMap((s) => (s.reached ? [s.name] : []))
}

/** Scenarios in which the device starts empty: there it must come to map something. */
const COLD: readonly string[] = ['kit-cold-start', 'kit-pin-beside-section']

/** Scenario in which a page is taken away and faulted in again, to another place. */
const REUSED: Plan = { scenario: 'kit-use-then-leave', core: 'leaves' }

export function witness(kit: Kit): CaseResult {
  const missing = new Set([MAPS, LOSES])
  for (const plan of PLANS) {
    const cold = COLD.includes(plan.scenario) && !plan.watched && kit.name(plan) !== undefined
    const found = seen(kit, plan, cold ? new Set([MAPS, ...missing]) : missing)
    if (cold && !found.includes(MAPS))
      return broken({ message: `In ${plan.scenario} it never happens that ${MAPS}.` })
    for (const name of found) missing.delete(name)
  }
  if (missing.size === 0) return KEPT
  return broken({ message: `In no cell does it happen that ${[...missing].join(', or that ')}.` })
}

export const witnessCase = (kit: Kit): Case => ({
  id: 'does-something',
  rule: 'The device maps pages, and loses them to sections.',
  kernelReference: 'none: what does nothing breaks nothing',
  run: () => guarded(() => witness(kit)),
})

/** Where a device that goes on by itself is set up while a page is reclaimed. */
const RESTORED: Plan = { scenario: 'kit-cold-start', core: 'leaves' }

/** Nobody has to ask such a device: it can always come to map what the CPU maps. */
function restores(kit: Kit, name: CellName): CaseResult {
  const { world, kernel, instances } = buildNamed(kit.lab, name)
  const { pte, virtualPages } = kernel.mm
  const holds = and(
    ...virtualPages.map((va, i) => or(eq(pte[i] ?? 0, 0), ne(instances[0]?.mapping(va) ?? 0, 0))),
  )
  const goal: Goal = { claim: 'progress', holds, message: LEFT_OUT }
  const { claims } = check(link({ ...world, goals: [goal] }))
  const { verdict, message } = claims.progress
  if (verdict !== 'violated') return KEPT
  return broken({ message: `In ${name.scenario} ${message}.`, cell: formatCell(name) })
}

const LEFT_OUT = 'a page that the CPU maps can be left out by the device for ever'

export function mapsAgain(kit: Kit): CaseResult {
  const restored = kit.name(RESTORED)
  if (restored && buildNamed(kit.lab, restored).instances[0]?.stopped?.length)
    return restores(kit, restored)
  if (!kit.driver.offers.includes('fault') || !kit.name(REUSED))
    return notApplicable('it neither faults and leaves, nor goes on by itself')
  if (seen(kit, REUSED, new Set([AGAIN])).includes(AGAIN)) return KEPT
  return broken({ message: `In ${REUSED.scenario} it never happens that ${AGAIN}.` })
}

export const mapsAgainCase = (kit: Kit): Case => ({
  id: 'maps-again',
  rule: 'A device that faults, or goes on by itself, maps what a section has taken away, at its new place.',
  kernelReference: 'Documentation/mm/hmm.rst: device page fault',
  run: () => guarded(() => mapsAgain(kit)),
})

/** Scenario in which nothing else happens. */
const SET_UP: Plan = { scenario: 'kit-set-up', core: 'leaves' }

export function populates(kit: Kit): CaseResult {
  const name = kit.name(SET_UP)
  const says = name && buildNamed(kit.lab, name).instances[0]?.activities.register?.populates
  if (!says) return notApplicable('it does not say that it maps what it is set up with')
  if (seen(kit, SET_UP, new Set([ALL])).includes(ALL)) return KEPT
  return broken({ message: `In ${SET_UP.scenario} it never happens that ${ALL}.` })
}

export const populatesCase = (kit: Kit): Case => ({
  id: 'populates',
  rule: 'A device that is set up maps at once what it was given, if it says so.',
  kernelReference:
    'drivers/gpu/drm/amd/amdgpu/amdgpu_amdkfd_gpuvm.c:map_bo_to_gpuvm; drivers/infiniband/hw/mlx5/odp.c:mlx5_ib_init_odp_mr',
  run: () => guarded(() => populates(kit)),
})
