/**
 * 7.x (7aba71dbc416): an interval notifier may split its work in two. The first pass starts it for all nodes, the second waits for
 * it, in the same order; what was started is finished also when a later node refuses, and only then is the section over.
 */
import { callIntervalProcedure, type NotifierProcedures } from '@mmulab/core'

/** A node with a first half is asked for that; its second half is called at the end of the walk, if it says so. */
export const twoPassCallInterval = (): NotifierProcedures['callInterval'] =>
  callIntervalProcedure((node) => node.invalidateStart ?? node.invalidate)
