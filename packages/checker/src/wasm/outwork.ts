/**
 * Work for threads that share no memory: they are sent states, and send back the successors that they do not know to be known. What is
 * new is decided here, in the order of the states that were sent, so states have the same numbers as with one thread.
 *
 * What a thread has sent back it leaves out when it meets it again, as one thread does: it was on an earlier list of its own, and
 * lists are taken in order.
 */
import { LabError } from '@mmulab/model'
import type { Helper, Workers } from '../engine.ts'
import type { Listener } from '../generate.ts'
import { at } from '../layout.ts'
import { type MemoryMap, REPORT_WORDS } from './memory-map.ts'
import { REPORT } from './node.ts'
import { tell } from './reports.ts'
import type { Shards } from './shards.ts'

/** States that are sent at once, at most, and how many such orders a thread may have. */
const MOST = 1 << 13
const ORDERS = 2

/** A function of what it is given and of its port, without anything around it. */
const HELPER = `({ module, pages, own, fixed, places, words, lengths, report }, port) => {
  const memory = new WebAssembly.Memory(pages)
  const { exports } = new WebAssembly.Instance(module, { env: { memory } })
  const ints = (at, length) => new Int32Array(memory.buffer, at, length)
  const bytes = new Uint8Array(memory.buffer)
  const [least, most] = [ints(places.least, lengths.measures), ints(places.most, lengths.measures)]
  const [left, moves, log] = [ints(places.left, 1), ints(places.moves, 1), ints(places.log, lengths.log)]
  bytes.set(fixed)
  port.onmessage = ({ data: { head, states } }) => {
    bytes.set(head)
    ints(places.states, states.length).set(states)
    const [kept, hashes, reports, cuts] = [[], [], [], []]
    const count = states.length / words
    for (let from = 0; from < count; ) {
      const next = exports.gather(own, 0, 0, 0, from, count, 1)
      if (next === from) throw new Error('no state was expanded')
      from = next
      kept.push(ints(places.kept, left[0] * words).slice())
      hashes.push(ints(places.hashes, left[0]).slice())
      const told = log.slice(1, 1 + log[0] * report.words)
      for (let i = 0; i < told.length; i += report.words) {
        const [what, value] = [told[i + 2], told[i + 4]]
        if (told[i] !== report.measured) continue
        if (value < least[what]) least[what] = value
        if (value > most[what]) most[what] = value
      }
      reports.push(told)
      cuts.push(from, left[0], moves[0], log[0])
      log[0] = 0
    }
    const whole = (pieces) => {
      const all = new Int32Array(pieces.reduce((n, p) => n + p.length, 0))
      let at = 0
      for (const p of pieces) {
        all.set(p, at)
        at += p.length
      }
      return all
    }
    const hit = bytes.slice(places.hit, places.hit + lengths.hit)
    const reply = { kept: whole(kept), hashes: whole(hashes), reports: whole(reports), cuts, hit }
    port.postMessage(reply, [reply.kept.buffer, reply.hashes.buffer, reply.reports.buffer, hit.buffer])
  }
  port.postMessage({ ready: true })
}`

interface Reply {
  /** Successors that are left, their hashes, and the reports, of one batch after another. */
  readonly kept: Int32Array
  readonly hashes: Int32Array
  readonly reports: Int32Array
  /** Per batch: states expanded so far, successors left, successors made, reports. */
  readonly cuts: readonly number[]
  readonly hit: Uint8Array
}

interface Order {
  readonly from: number
  readonly to: number
  readonly worker: Worker
  reply?: Reply
}

interface Worker {
  helper: Helper
  ready: boolean
  readonly orders: Order[]
}

export interface Outwork {
  /** Whether anybody has come to work; otherwise `wait` tells when, where it is to be waited for. */
  isReady(): boolean
  /**
   * States from `from` on, before `to`, that are done with; `from` where `wait` has to be waited for. Undefined where the limit may be
   * met: then nobody is at work any more.
   */
  advance(from: number, to: number): number | undefined
  readonly wait: Promise<void> | undefined
  /** Somebody is at work. */
  readonly isBusy: boolean
  /** Successors of the states that are done with. */
  readonly moves: number
  stop(): void
}

export function createOutwork(
  { count, spawn, patience = 0, from: enough = MOST }: Workers,
  shards: Shards,
  map: MemoryMap,
  words: number,
  measures: number,
  limit: number,
  listener: Listener,
): Outwork {
  const own = map.regions
  const { pages } = at(shards.list, 0).room
  const room = Math.floor((pages.initial * 2 ** 16 - map.states) / (words * 4))
  const { region } = map
  const data = {
    module: shards.module,
    pages,
    own,
    // Whatever the code looks up; what is recent here is known.
    fixed: shards.active.views.fixed.slice(),
    words,
    places: {
      ...{ least: map.least, most: map.most, hit: map.hit, states: map.states },
      ...{ kept: map.kept, hashes: map.hashes },
      ...{ left: own + region.left, moves: own + region.moves, log: own + region.log },
    },
    lengths: { measures, log: map.lengths.log, hit: map.lengths.hit },
    report: { words: REPORT_WORDS, measured: REPORT.measured },
  }
  const least = Math.ceil(enough / 8)
  const until = Date.now() + patience
  let orders: Order[] = []
  let moves = 0
  let failed: string | undefined
  let wait: Promise<void> | undefined
  let wake = (): void => {}

  const workers = Array.from({ length: count - 1 }, (): Worker => {
    const orders: Order[] = []
    const helper = spawn(HELPER, data, (message) => {
      const m = message as Partial<Reply> & { ready?: true; failed?: string }
      if (m.ready) worker.ready = true
      else if (m.failed === undefined) replied(orders.shift(), m as Reply)
      // One that has never come is not missed.
      else if (worker.ready) failed = m.failed
      wake()
    })
    const worker: Worker = { helper, ready: false, orders }
    return worker
  })

  const sleep = (): void => {
    wait = new Promise((resume) => {
      wake = resume
    })
  }

  const stop = (): void => {
    for (const { helper } of workers) helper.stop()
    orders = []
    wait = undefined
    wake()
  }

  /** Sends states, so that everybody always has something to do. */
  const send = (from: number, to: number): void => {
    const ready = workers.filter((w) => w.ready)
    for (let next = orders.at(-1)?.to ?? from; next < to; ) {
      const worker = ready.reduce((a, b) => (b.orders.length < a.orders.length ? b : a))
      if (worker.orders.length >= ORDERS) return
      const share = Math.max(least, Math.ceil((to - next) / (ready.length * ORDERS)))
      const shard = shards.of(next)
      const end = Math.min(next + Math.min(share, MOST, room), to, shard.base + shard.count)
      const order = { from: next, to: end, worker }
      const states = shard.views.states.slice(
        (next - shard.base) * words,
        (end - shard.base) * words,
      )
      const head = shards.active.views.head.slice()
      worker.helper.post({ head, states }, [states.buffer, head.buffer])
      worker.orders.push(order)
      orders.push(order)
      next = end
    }
  }

  /** Stores what is new of one batch after another; returns the first state of which there was no room for the successors. */
  const take = (from: number, { kept, hashes, reports, cuts, hit }: Reply): number => {
    const { views } = shards.active
    hit.forEach((h, i) => {
      if (h !== 0) views.hit[i] = 1
    })
    let [done, list, log] = [0, 0, 0]
    for (let i = 0; i < cuts.length; i += 4) {
      const [expanded, left, made, told] = [0, 1, 2, 3].map((n) => at(cuts, i + n)) as Four
      if (!shards.reserve(map.lengths.batch)) break
      const first = at(shards.list, Math.max(0, shards.list.length - 2))
      first.views.hashes.set(hashes.subarray(list, list + left))
      first.views.kept.set(kept.subarray(list * words, (list + left) * words))
      if (left > 0 && !shards.enter(first, left)) break
      const own = shards.active.views.log(0)
      own[0] = told
      own.set(reports.subarray(log, log + told * REPORT_WORDS), 1)
      tell(shards.active.views, 0, from, listener)
      list += left
      log += told * REPORT_WORDS
      moves += made
      done = expanded
    }
    return from + done
  }

  return {
    get wait() {
      return wait
    },
    get isBusy() {
      return orders.length > 0
    },
    get moves() {
      return moves
    },
    isReady() {
      if (workers.every((w) => w.ready)) return true
      if (Date.now() < until) sleep()
      return workers.some((w) => w.ready) && wait === undefined
    },
    advance(from, to) {
      wait = undefined
      if (failed !== undefined)
        throw new LabError({
          code: 'WORKER',
          kind: 'internal',
          message: `A helper of the search has failed: ${failed}.`,
        })
      send(from, to)
      const reply = orders[0]?.reply
      if (!reply) {
        sleep()
        return from
      }
      const { count: known, room, base } = shards.last
      const after = known + reply.hashes.length
      if (base + after > limit || after > room.most) {
        stop()
        return undefined
      }
      orders.shift()
      return take(from, reply)
    },
    stop,
  }
}

const replied = (order: Order | undefined, reply: Reply): void => {
  if (order) order.reply = reply
}

type Four = [number, number, number, number]
