/** What `mmulab.config.ts` imports; everything else is the command. */
export { type Config, defineConfig } from '@mmulab/compare'
