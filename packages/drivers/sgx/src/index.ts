/** SGX enclaves through time; `enclave.ts` is what both eras have in common. */
import { type Driver, defineDriver, driverOfEra } from '@mmulab/core'
import { createEnclave } from './enclave.ts'

const SOURCE = 'arch/x86/kernel/cpu/sgx'

const sgx511: Driver = defineDriver({
  name: 'sgx',
  era: '5.11',
  kernel: { since: '5.11', until: '5.11' },
  title: 'SGX enclaves: told of the exit of the mm alone; only the file holds the enclave',
  source: `${SOURCE}, 5.11`,
  offers: ['busy', 'unregister'],
  pins: false,
  create: (host) => createEnclave(host, { versions: '5.11', entriesHold: false }),
})

const sgx512: Driver = defineDriver({
  name: 'sgx',
  era: '5.12',
  // The first release with the reference (2ade0d60939b) is from memory.
  kernel: { since: '5.12', until: '7.3' },
  title: 'SGX enclaves: told of the exit of the mm alone; every address space holds the enclave',
  source: `${SOURCE}, 5.12 to 7.3`,
  offers: ['busy', 'unregister'],
  pins: false,
  create: (host) => createEnclave(host, { versions: '5.12..7.3', entriesHold: true }),
})

/** Both eras, oldest first. */
export const sgxEras: readonly Driver[] = [sgx511, sgx512]

/** One era; 5.12 unless another is asked for. @throws LabError UNKNOWN_ERA */
export default function sgx(options: { readonly era?: string } = {}): Driver {
  return driverOfEra(sgxEras, options.era ?? '5.12')
}
