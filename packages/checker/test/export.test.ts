// There is no TLC here: modules are run by a reader of their formulas that shares nothing with the writer.
import { eq, flag, ne, procedure, store, task, violate, waitUntil } from '@mmulab/model'
import { describe, expect, it } from 'vitest'
import { link } from '../src/link.ts'
import { explorePlain } from '../src/plain.ts'
import { promela } from '../src/promela.ts'
import { tla } from '../src/tla.ts'
import { randomWorld } from './random-world.ts'
import { type Module, parse, type State } from './tla.ts'
import { world } from './worlds.ts'

function explore(module: Module) {
  const found = new Map<string, State>([[JSON.stringify(module.init), module.init]])
  const broken = new Set<string>()
  let transitions = 0
  for (const state of found.values()) {
    for (const [name, holds] of module.invariants) if (!holds(state)) broken.add(name)
    for (const [name, { step }] of module.actions) {
      const to = step(state)
      if (!to) continue
      transitions++
      for (const [property, actions] of module.forbidden)
        if (actions.includes(name)) broken.add(property.replace(/Steps$/, ''))
      found.set(JSON.stringify(to), to)
    }
  }
  const states = [...found.values()].filter((s) => !Object.values(s.pc).includes('BUG'))
  return { states: states.length, transitions, broken }
}

describe('random worlds as TLA+', () => {
  const CLAIMS = ['memory', 'coherence', 'balance', 'context', 'warn'] as const
  let judged = 0

  it.each(Array.from({ length: 150 }, (_, i) => i + 1))('seed %i', (seed) => {
    const linked = randomWorld(seed)
    const plain = explorePlain(linked)
    if (plain.states.size > 3000) return
    const module = parse(tla(linked, { claims: CLAIMS }))
    const edges = linked.automata.flatMap((a) => a.nodes.flatMap((n) => n.edges))
    expect(module.actions.size).toBe(edges.length)
    for (const { says } of module.actions.values())
      expect([...says].sort()).toEqual([...module.variables].sort())
    const { states, transitions, broken } = explore(module)
    expect([states, transitions]).toEqual([plain.states.size, plain.transitions])
    expect(broken.has('TypeOK')).toBe(false)
    const begin = linked.automata.flatMap((a) => a.startFlags)
    for (const claim of CLAIMS) {
      if (begin.some((f) => f.kind === 'violate' && f.claim === claim)) continue
      const name = claim.charAt(0).toUpperCase() + claim.slice(1)
      const violated = [...plain.violations.keys()].some((k) => k.startsWith(`${claim}:`))
      expect([seed, claim, broken.has(name)]).toEqual([seed, claim, violated])
      if (violated) judged++
    }
  })

  it('some were broken', () => {
    expect(judged).toBeGreaterThan(20)
  })
})

describe('the text', () => {
  const ready = flag('kvm.ready')
  const linked = link(
    world(
      [
        task(
          'vcpu0',
          procedure('kvm_wait', 'virt/kvm/kvm_main.c:kvm_wait', function* () {
            yield* waitUntil(eq(ready, 1), 'the other one')
          }),
          [],
        ),
        task(
          'oom_reaper',
          procedure('wake_up', 'mm/oom_kill.c:wake_up', function* () {
            yield* store(ready, 1)
            yield* violate('warn', 'too early')
          }),
          [],
        ),
      ],
      { invariants: [{ claim: 'balance', holds: ne(ready, 2), message: 'two are ready' }] },
    ),
  )
  it('reads like the model in Promela', () => {
    expect(promela(linked, { claims: ['balance', 'warn'] })).toMatchInlineSnapshot(`
      "/* test

         spin -a -o1 -o2 -o3 world.pml && gcc -O2 -DSAFETY -DNOREDUCE -o pan pan.c && ./pan -E -c0 -m1000000

         The transitions that pan counts are one too many: it counts arriving at the initial state. */

      byte kvm_ready = 0; /* kvm.ready */

      /* No part of a state. */
      hidden byte broken_balance = 0;
      hidden byte broken_warn = 0;

      /* balance, or else: two are ready */
      #define balance_1 (kvm_ready != 2)
      #define check_balance broken_balance = !(balance_1); assert(!broken_balance)

      active proctype vcpu0_() /* vcpu0 */
      {
      L_vcpu0_0_wait_for_the_other_one: /* kvm_wait > wait for the other one  [virt/kvm/kvm_main.c:kvm_wait] */
        if
        :: d_step { (kvm_ready == 1); check_balance } -> goto end_vcpu0_1_finished
        fi;

      end_vcpu0_1_finished: /* finished */
        if
        :: false -> goto end_vcpu0_1_finished
        fi;
      }

      active proctype oom_reaper() /* oom_reaper */
      {
      L_oom_reaper_0_kvm_ready_1: /* wake_up > kvm.ready = 1  [mm/oom_kill.c:wake_up] */
        if
        :: d_step { true; check_balance; kvm_ready = 1; check_balance; broken_warn = 1; assert(!broken_warn) } -> goto end_oom_reaper_1_finished
        fi;

      end_oom_reaper_1_finished: /* finished */
        if
        :: false -> goto end_oom_reaper_1_finished
        fi;
      }
      "
    `)
  })

  it('reads like the model in TLA+', () => {
    expect(tla(linked)).toMatchInlineSnapshot(`
      "-------------------------- MODULE mmulab_world --------------------------
      \\* test
      \\* No deadlock check: worlds end (tlc -deadlock). In every step one task moves.
      EXTENDS Integers

      VARIABLES
        kvm_ready,  \\* kvm.ready
        pc  \\* where each task is

      vars == <<pc, kvm_ready>>

      TypeOK ==
        /\\ kvm_ready \\in 0..1

      Init ==
        /\\ pc = [vcpu0_ |-> "vcpu0_0_wait_for_the_other_one", oom_reaper |-> "oom_reaper_0_kvm_ready_1"]
        /\\ kvm_ready = 0

      \\* kvm_wait > wait for the other one [virt/kvm/kvm_main.c:kvm_wait]
      vcpu0_0_wait_for_the_other_one ==
        /\\ pc.vcpu0_ = "vcpu0_0_wait_for_the_other_one"
        /\\ (kvm_ready = 1)
        /\\ pc' = [pc EXCEPT !.vcpu0_ = "vcpu0_1_finished"]
        /\\ UNCHANGED <<kvm_ready>>

      \\* wake_up > kvm.ready = 1 [mm/oom_kill.c:wake_up]
      oom_reaper_0_kvm_ready_1 ==
        /\\ pc.oom_reaper = "oom_reaper_0_kvm_ready_1"
        /\\ kvm_ready' = 1
        /\\ kvm_ready' \\in 0..1
        /\\ pc' = [pc EXCEPT !.oom_reaper = "oom_reaper_1_finished"]

      Next_vcpu0_ ==
        \\/ vcpu0_0_wait_for_the_other_one

      Next_oom_reaper ==
        \\/ oom_reaper_0_kvm_ready_1

      Next ==
        \\/ Next_vcpu0_
        \\/ Next_oom_reaper

      Spec == Init /\\ [][Next]_vars

      \\* INVARIANT: balance
      Balance ==
        \\* or else: two are ready
        /\\ (kvm_ready # 2)

      \\* PROPERTY: warn, broken by a step
      WarnSteps == [][~(oom_reaper_0_kvm_ready_1)]_vars

      ========================================================================
      "
    `)
  })
})
