import { nobodyRefuses } from './nobody-refuses.ts'

nobodyRefuses('test-hmm+test-hmm', 'path')
nobodyRefuses('test-hmm+test-hmm', 'pair')
