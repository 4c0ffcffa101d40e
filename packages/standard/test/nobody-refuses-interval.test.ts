import { nobodyRefuses } from './nobody-refuses.ts'

nobodyRefuses('test-hmm', 'path')
nobodyRefuses('test-hmm', 'pair')
