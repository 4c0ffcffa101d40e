/** The drivers of a cell: what each is called, and what it gets to build itself with. */
import {
  call,
  downRead,
  downWrite,
  expr,
  type Mutex,
  mutexLock,
  mutexUnlock,
  upRead,
  upWrite,
} from '@mmulab/model'
import { countedHelpers } from './counted.ts'
import type { Driver, DriverHost, DriverInstance } from './driver.ts'
import { faultInProcedure, gupProcedure } from './gup.ts'
import { intervalHelpers, intervalName } from './interval-host.ts'
import type { Kernel } from './kernel.ts'
import { unregisterOwn } from './lifecycle.ts'
import { putPage, unpinUserPage } from './pages.ts'
import type { Bounds } from './scenario.ts'
import { mmgetNotZero, mmputProcedure } from './users.ts'

/** A driver of a world, under its name there. */
export type Labelled = DriverInstance & { readonly label: string }

/** `name@era`, with `~variant` where it is one. */
export const nameOf = (d: Driver): string => `${d.name}@${d.era}`

/** Two drivers of one kind get numbers: kvm, kvm2. */
export function labelsOf(drivers: readonly Driver[]): string[] {
  const seen = new Map<string, number>()
  return drivers.map((d) => {
    const stem = d.name.split('~')[0] ?? d.name
    const n = (seen.get(stem) ?? 0) + 1
    seen.set(stem, n)
    return n === 1 ? stem : `${stem}${n}`
  })
}

interface Cast {
  readonly drivers: readonly Driver[]
  /** By driver: whether its device starts with everything mapped. */
  readonly warm: readonly boolean[]
  readonly bounds: Bounds
}

export function createInstances(kernel: Kernel, { drivers, warm, bounds }: Cast): Labelled[] {
  const { mm, allocator } = kernel
  const get = gupProcedure(kernel, 'reference')
  const look = faultInProcedure(kernel, 'nothing')
  const pin = gupProcedure(kernel, 'pin')
  const getLocked = faultInProcedure(kernel, 'reference')
  const pinLocked = faultInProcedure(kernel, 'pin')
  const mmput = mmputProcedure(kernel)
  const labels = labelsOf(drivers)
  const lockOf = (page: number): Mutex => {
    const lock = mm.pageLocks[page - 1]
    if (!lock) throw new Error(`there is no lock for page ${page}`)
    return lock
  }
  return drivers.map((driver, i) => {
    const label = labels[i] ?? driver.name
    const host: DriverHost = {
      label,
      virtualPages: mm.virtualPages,
      pageCount: mm.pages.count,
      cpuEntries: mm.pte.map(expr),
      exited: expr(mm.exited),
      sections: bounds.sections,
      ends: 2 * bounds.sections,
      warm: warm[i] === true,
      allocator,
      interval: intervalHelpers(kernel, label),
      intervals: mm.virtualPages.map((_, n) => intervalHelpers(kernel, intervalName(label, n))),
      unregister: () => unregisterOwn(kernel, label),
      ...countedHelpers(kernel, label),
      mmgetNotZero: () => mmgetNotZero(mm),
      mmput: () => call(mmput),
      getUserPage: (va) => call(get, va),
      pinUserPage: (va) => call(pin, va),
      pinUserPageLocked: (va) => call(pinLocked, va),
      getUserPageLocked: (va) => call(getLocked, va),
      lockPage: (page) => mutexLock(lockOf(page)),
      unlockPage: (page) => mutexUnlock(lockOf(page)),
      lookUpPage: (va) => call(look, va),
      mmapReadLock: () => downRead(mm.mmapLock),
      mmapReadUnlock: () => upRead(mm.mmapLock),
      mmapWriteLock: () => downWrite(mm.mmapLock),
      mmapWriteUnlock: () => upWrite(mm.mmapLock),
      putPage: (page) => putPage(mm.pages, page),
      unpinUserPage: (page) => unpinUserPage(mm.pages, page),
    }
    return { ...driver.create(host), label }
  })
}
