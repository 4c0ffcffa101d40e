import { nobodyRefuses } from './nobody-refuses.ts'

nobodyRefuses('kvm+kvm', 'pair')
