import { nobodyRefuses } from './nobody-refuses.ts'

nobodyRefuses('test-hmm', 'path')
nobodyRefuses('test-hmm', 'pair')
nobodyRefuses('test-hmm+test-hmm', 'path')
nobodyRefuses('test-hmm+test-hmm', 'pair')
