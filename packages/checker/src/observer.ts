/**
 * What generated code reports during a search, kept: broken promises, marks, what has happened at least once, and variables that
 * would have left their domains. Reports that can tell nothing new any more are switched off at the source.
 */
import { type ClaimId, LabError, type Variable } from '@mmulab/model'
import type { Edge, Linked, Node } from './automaton.ts'
import { type Finding, Findings } from './findings.ts'
import type { Listener, Watch } from './generate.ts'
import { at } from './layout.ts'
import { nodeAt, type Site } from './node-plan.ts'

export interface Observer {
  readonly listener: Listener
  readonly watches: readonly Watch[]
  readonly findings: Findings
  readonly marks: ReadonlySet<string>
  /** Numbers of the `sometimes` expressions that held. */
  readonly sometimes: ReadonlySet<number>
  readonly exceeded: ReadonlySet<Variable>
  /** Moves that stopped the kernel. */
  readonly halts: number
  /** States of this depth are expanded from now on: switches off, in `live`, what would be no news. */
  enter(depth: number, live: Uint8Array): void
  /** While set, states are only expanded again: nothing is kept, and it hears of moves that lead to no known state. */
  rerun: ((state: number, task: number, site: number) => void) | undefined
  /** What states before this one have shown. Others are expanded again by whoever goes on, and show it again. */
  save(expanded: number): Observed
  /** What another search has seen counts as seen. */
  goOn(from: Observed): void
}

/** What an observer knows, as plain data. */
export interface Observed {
  readonly findings: readonly Finding[]
  readonly marks: readonly string[]
  readonly sometimes: readonly number[]
  /** Numbers of variables in `linked.variables`. */
  readonly exceeded: readonly number[]
  readonly halts: number
}

interface Watched extends Watch {
  readonly claim?: ClaimId
  readonly message: string
  readonly sometimes?: number
}

export function createObserver(linked: Linked, sites: readonly Site[]): Observer {
  const findings = new Findings()
  const marks = new Set<string>()
  const sometimes = new Set<number>()
  const exceeded = new Set<Variable>()
  const watches = watchesOf(linked)
  const isLate = new Set<number>()
  /** Edges of which there may be something to tell yet. */
  let asked: readonly number[] = [...sites.keys()]
  let depth = 0
  let halts = 0
  let news = true

  const nodeOf = (site: number): { s: Site; node: Node; edge: Edge | undefined } => {
    const s = at(sites, site)
    const node = nodeAt(at(linked.automata, s.task), s.node)
    return { s, node, edge: node.edges[s.edge] }
  }
  const violated = (
    claim: ClaimId,
    moves: number,
    state: number,
    move: Site | undefined,
    message: string,
  ): void => {
    findings.add(claim, moves, { state, move, message })
    news = true
  }

  for (const f of linked.automata.flatMap((a) => a.startFlags)) {
    if (f.kind === 'mark') marks.add(f.name)
    else violated(f.claim, 0, 0, undefined, f.message)
  }

  const listener: Listener = {
    flag(state, site) {
      const { s, edge } = nodeOf(site)
      for (const f of edge?.flags ?? []) {
        if (f.kind === 'violate') violated(f.claim, depth + 1, state, s, f.message)
        else if (!marks.has(f.name)) {
          marks.add(f.name)
          news = true
        }
      }
    },
    halt(state, site) {
      if (observer.rerun) observer.rerun(state, at(sites, site).task, site)
      else halts++
    },
    bound(state, site, assignment, value) {
      if (observer.rerun) return observer.rerun(state, at(sites, site).task, site)
      const { s, node } = nodeOf(site)
      const { to } = at(node.assign, assignment)
      if (value >= to.min && value <= to.max)
        throw new LabError({
          code: 'RANGE',
          kind: 'internal',
          message: `${to.name} becomes ${value}, which its range as linked does not contain.`,
        })
      exceeded.add(to)
      const domain = `[${to.min}, ${to.max}]`
      const message = `${to.name} would become ${value}, outside of its domain ${domain}`
      violated('bound', depth + 1, state, s, message)
    },
    watched(state, watch) {
      const w = at(watches, watch)
      if (w.claim) violated(w.claim, depth, state, undefined, w.message)
      else if (w.sometimes !== undefined) {
        sometimes.add(w.sometimes)
        isLate.add(watch)
        news = true
      }
    },
    impossible(_state, site) {
      if (observer.rerun) return
      const { s, node } = nodeOf(site)
      throw new LabError({
        code: 'NO-EDGE',
        kind: 'internal',
        message: `${node.label} gave an answer that has no edge.`,
        where: `${at(linked.automata, s.task).name}, node ${s.node}`,
      })
    },
  }

  const observer: Observer = {
    listener,
    watches,
    findings,
    marks,
    sometimes,
    exceeded,
    get halts() {
      return halts
    },
    enter(d, live) {
      depth = d
      if (!news) return
      news = false
      watches.forEach((w, i) => {
        const wanted = w.claim ? findings.wants(w.claim, d) : !isLate.has(i)
        if (!wanted) live[sites.length + i] = 0
      })
      asked = asked.filter((site) => {
        const wanted = nodeOf(site).edge?.flags.some((f) =>
          f.kind === 'mark' ? !marks.has(f.name) : findings.wants(f.claim, d + 1),
        )
        if (!wanted) live[site] = 0
        return wanted
      })
    },
    rerun: undefined,
    save: (expanded) => ({
      findings: findings.all().flatMap((f) => {
        const targets = f.targets.filter((t) => t.state < expanded)
        return targets.length > 0 ? [{ ...f, targets }] : []
      }),
      marks: [...marks],
      sometimes: [...sometimes],
      exceeded: [...exceeded].map((v) => linked.variables.findIndex((l) => l.variable === v)),
      halts,
    }),
    goOn(from) {
      for (const finding of from.findings) findings.keep(finding)
      for (const name of from.marks) marks.add(name)
      for (const i of from.sometimes) sometimes.add(i)
      watches.forEach((w, i) => {
        if (w.sometimes !== undefined && sometimes.has(w.sometimes)) isLate.add(i)
      })
      for (const i of from.exceeded) exceeded.add(at(linked.variables, i).variable)
      halts = from.halts
    },
  }
  return observer
}

function watchesOf(linked: Linked): Watched[] {
  const invariants = linked.invariants.map((i) => ({
    when: i.holds,
    for: false,
    claim: i.claim,
    message: i.message,
  }))
  const states = linked.sometimes.flatMap((s, i) =>
    'mark' in s.when ? [] : [{ when: s.when, for: true, message: s.name, sometimes: i }],
  )
  return [...invariants, ...states]
}
