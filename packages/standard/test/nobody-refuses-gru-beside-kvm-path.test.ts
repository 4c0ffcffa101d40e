import { nobodyRefuses } from './nobody-refuses.ts'

nobodyRefuses('gru+kvm', 'path')
