/**
 * Breadth-first search over all states of a world, in slices. States are numbered in the order in which they are found, so
 * every depth is a range of numbers, and the same world always gives the same numbers.
 */
import { type ClaimId, LabError, type Variable } from '@mmulab/model'
import type { Linked } from './automaton.ts'
import { Findings } from './findings.ts'
import {
  type Batch,
  generate,
  type Listener,
  type Program,
  sitesOf,
  type Watch,
} from './generate.ts'
import {
  at,
  fieldFor,
  initialState,
  type Layout,
  pack,
  readField,
  type Unpacked,
  unpack,
} from './layout.ts'
import { nodeAt, type Site } from './node-code.ts'
import { Store, type StoreLimits } from './store.ts'

export interface SearchOptions extends StoreLimits {
  /** States that may be stored. */
  readonly maxStates?: number | undefined
}

export interface Search {
  readonly linked: Linked
  readonly layout: Layout
  /** Expands at most `limit` states. Does nothing any more when `done`. */
  run(limit: number): void
  /** All states are expanded, or a limit was met. */
  readonly done: boolean
  /** Why the search ended before all states were expanded. */
  readonly stopped: string | undefined
  readonly states: number
  readonly expanded: number
  readonly transitions: number
  /** Depth of the states that are being expanded; at the end, of the last ones. */
  readonly depth: number
  /** Number of the first state of each depth. */
  readonly levels: readonly number[]
  readonly bytes: number
  readonly findings: Findings
  /** Names of marks that were passed and numbers of `sometimes` expressions that held. */
  readonly marks: ReadonlySet<string>
  readonly sometimes: ReadonlySet<number>
  /** Variables that would have left their domains, in the order in which it was noticed. */
  readonly exceeded: ReadonlySet<Variable>
  /** Smallest and largest value of each measure; undefined when it was never taken. */
  measured(index: number): { readonly min: number; readonly max: number } | undefined
  /** Whether the node's guard has held. */
  wasReached(task: number, node: number): boolean
  /** Packed states, one after another. */
  readonly packed: Int32Array
  stateAt(index: number): Unpacked
  /** Reads the variables of a state. */
  reader(state: number): (v: Variable) => number
  /** The node at which a task is. */
  nodeAt(state: number, task: number): number
  /**
   * The successors of the states from `from` to the returned number, looked up: `slots` of the batch has their numbers. `open`
   * hears of states that have a move beyond which nothing is known. For expanded states only.
   */
  again(from: number, to: number, open: (state: number) => void): number
  readonly batch: Batch
  readonly sites: readonly Site[]
  readonly program: Program
}

export function createSearch(linked: Linked, layout: Layout, options: SearchOptions = {}): Search {
  const limit = options.maxStates ?? 2 ** 30
  const sites = sitesOf(linked.automata)
  const store = new Store(layout.words, options)
  const findings = new Findings()
  const marks = new Set<string>()
  const sometimes = new Set<number>()
  const exceeded = new Set<Variable>()
  const watched = watchesOf(linked)
  const levels = [0]
  let levelEnd = 1
  let expanded = 0
  let transitions = 0
  let stopped: string | undefined
  let done = false
  /** Set while states are expanded again for other reasons than finding more. */
  let open: ((state: number) => void) | undefined
  /** What was of interest before that. */
  let awake: Uint8Array | undefined
  let news = false

  const depth = (): number => levels.length - 1
  const note = (
    claim: ClaimId,
    d: number,
    state: number,
    move: Site | undefined,
    message: string,
  ) => {
    findings.add(claim, d, { state, move, message })
    news = true
  }
  const listener: Listener = {
    flag(state, site) {
      const s = at(sites, site)
      const edge = nodeAt(at(linked.automata, s.task), s.node).edges[s.edge]
      for (const f of edge?.flags ?? []) {
        if (f.kind === 'mark') marks.add(f.name)
        else note(f.claim, depth() + 1, state, s, f.message)
      }
      if (edge?.flags.every((f) => f.kind === 'mark')) program.live[site] = 0
    },
    halt(state) {
      if (open) open(state)
      else transitions++
    },
    bound(state, site, assignment, value) {
      if (open) return open(state)
      const s = at(sites, site)
      const { to } = at(nodeAt(at(linked.automata, s.task), s.node).assign, assignment)
      if (value >= to.min && value <= to.max)
        throw new LabError({
          code: 'RANGE',
          kind: 'internal',
          message: `${to.name} becomes ${value}, which its range as linked does not contain.`,
        })
      exceeded.add(to)
      note('bound', depth() + 1, state, s, boundMessage(to, value))
    },
    watched(state, watch) {
      const w = at(watched, watch)
      if (w.sometimes !== undefined) {
        sometimes.add(w.sometimes)
        program.live[sites.length + watch] = 0
      } else if (w.claim) note(w.claim, depth(), state, undefined, w.message)
    },
    impossible(_state, site) {
      const s = at(sites, site)
      const automaton = at(linked.automata, s.task)
      throw new LabError({
        code: 'NO-EDGE',
        kind: 'internal',
        message: `${nodeAt(automaton, s.node).label} gave an answer that has no edge.`,
        where: `${automaton.name}, node ${s.node}`,
      })
    },
  }
  const program = generate(linked, layout, watched, listener)

  /** Switches off what could only report violations that are deeper than known ones. */
  const refresh = (): void => {
    news = false
    watched.forEach((w, i) => {
      if (w.claim && !findings.wants(w.claim, depth())) program.live[sites.length + i] = 0
    })
    sites.forEach((s, i) => {
      const { flags } = at(linked.automata, s.task).nodes[s.node]?.edges[s.edge] ?? { flags: [] }
      const wanted = flags.some((f) =>
        f.kind === 'mark' ? !marks.has(f.name) : findings.wants(f.claim, depth() + 1),
      )
      if (!wanted) program.live[i] = 0
    })
  }

  const stop = (why: string): void => {
    stopped = why
    done = true
  }

  const begin = initialState(linked)
  store.states.set(pack(layout, begin.pcs, begin.values))
  store.count = 1
  program.rehash(store.states, 1, store.table, store.table.length, store.bits)
  for (const f of linked.automata.flatMap((a) => a.startFlags)) {
    if (f.kind === 'mark') marks.add(f.name)
    else note(f.claim, 0, 0, undefined, f.message)
  }
  refresh()

  const { batch } = program
  const stride = layout.words + 1

  return {
    linked,
    layout,
    findings,
    marks,
    sometimes,
    exceeded,
    levels,
    batch,
    sites,
    program,
    get done() {
      return done
    },
    get stopped() {
      return stopped
    },
    get states() {
      return store.count
    },
    get expanded() {
      return expanded
    },
    get transitions() {
      return transitions
    },
    get depth() {
      return depth()
    },
    get bytes() {
      return store.bytes
    },
    run(most) {
      if (awake) program.live.set(awake)
      awake = undefined
      const until = expanded + most
      while (!done && expanded < until) {
        if (expanded === levelEnd) {
          if (store.count === levelEnd) {
            done = true
            return
          }
          levels.push(levelEnd)
          levelEnd = store.count
          if (news) refresh()
        }
        const next = program.expand(store.states, expanded, Math.min(levelEnd, until))
        const count = at(batch.ends, next - expanded - 1) / stride
        if (!store.reserve(count, program))
          return stop(`memory is exhausted after ${store.count} states`)
        const { states, table, bits } = store
        const n = program.insert(states, table, table.length, bits, count, store.count, limit)
        if (n < 0) {
          store.count = -1 - n
          return stop(`the limit of ${limit} states was met`)
        }
        store.count = n
        transitions += count
        expanded = next
      }
      // The end is noticed at once and not only by the next slice.
      if (expanded === store.count) done = true
    },
    measured(i) {
      const min = at(program.least, i)
      const max = at(program.most, i)
      return min > max ? undefined : { min, max }
    },
    wasReached(task, node) {
      const first = sites.findIndex((s) => s.task === task && s.node === node)
      return program.hit[first] === 1
    },
    get packed() {
      return store.states
    },
    stateAt: (index) => unpack(layout, store.states, index * layout.words),
    reader: (state) => (v) => readField(fieldFor(layout, v), store.states, state * layout.words),
    nodeAt: (state, task) => readField(at(layout.pcs, task), store.states, state * layout.words),
    again(from, to, hear) {
      awake ??= program.live.slice()
      program.live.fill(0)
      open = hear
      try {
        const next = program.expand(store.states, from, to)
        const count = at(batch.ends, next - from - 1) / stride
        const { states, table, bits } = store
        program.resolve(states, table, table.length, bits, count)
        return next
      } finally {
        open = undefined
      }
    },
  }
}

const boundMessage = (v: Variable, value: number): string =>
  `${v.name} would become ${value}, outside of its domain [${v.min}, ${v.max}]`

interface Watched extends Watch {
  readonly claim: ClaimId | undefined
  readonly message: string
  readonly sometimes: number | undefined
}

function watchesOf(linked: Linked): Watched[] {
  const invariants = linked.invariants.map((i) => ({
    when: i.holds,
    for: false,
    claim: i.claim,
    message: i.message,
    sometimes: undefined,
  }))
  const states = linked.sometimes.flatMap((s, i) =>
    'mark' in s.when
      ? []
      : [{ when: s.when, for: true, claim: undefined, message: s.name, sometimes: i }],
  )
  return [...invariants, ...states]
}
