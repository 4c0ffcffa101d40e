/** Threads of Node, as the command line starts them. */
import { Worker } from 'node:worker_threads'
import type { Spawn } from '../src/engine.ts'
import { threadsOfNode } from '../src/threads.ts'

export const spawn: Spawn = threadsOfNode(Worker)
