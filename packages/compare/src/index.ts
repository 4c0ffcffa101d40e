/**
 * The matrix: policies x driver sets x scenarios, one cell at a time (`cells.ts`), the story of a broken promise (`story.ts`), and
 * the same schedule under another policy (`divergence.ts`). Names are resolved by a lab (`lab.ts`).
 */
export * from './cells.ts'
export {
  type Config,
  configIn,
  defineConfig,
  type Found,
  inConfig,
  type Joined,
  join,
  type OrFactory,
  type Plugin,
  pluginsIn,
} from './config.ts'
export * from './divergence.ts'
export { strangers } from './eras.ts'
export * from './lab.ts'
export * from './question.ts'
export * from './smallest.ts'
export * from './story.ts'
