import { testDriver } from '@mmulab/testkit/vitest'
import { describe } from 'vitest'
import hmmMirror from '../src/index.ts'

describe('4.19', () => {
  testDriver(() => hmmMirror({ era: '4.19' }), {
    skip: {
      unwound: 'it may map what a section has taken away',
      'retries-after-invalidation': 'the device is told in end, when the pages may be free',
      'no-stale-mapping': 'start only counts; the device is told in end',
      context: 'its end takes mirrors_sem with down_read() in a section that may not block',
    },
    counts: {
      'mainline@5.4 oom-reap': [139, 218],
      'mainline@5.4 dontneed': [2012, 4382],
      'mainline@5.4 munmap': [1123, 2464],
    },
  })
})

describe('4.20', () => {
  testDriver(() => hmmMirror({ era: '4.20' }), {
    skip: {
      'may-fail-has-no-end': 'the rule came with 5.12',
      unwound: 'it refuses and has an end operation, which the kernel of 5.12 then calls',
      'retries-after-invalidation':
        'nothing counts open sections: a fault inside one goes unnoticed',
      'no-stale-mapping': 'nothing counts open sections: a fault inside one maps the page again',
      context: 'it takes mirrors_sem with down_read() in a section that may not block',
    },
    counts: {
      'mainline@5.4 oom-reap': [198, 305],
      'mainline@5.4 dontneed': [2181, 4861],
      'mainline@5.4 munmap': [1129, 2505],
    },
  })
})

const OF_5_3 = {
  'may-fail-has-no-end': 'the rule came with 5.12',
  unwound: 'it refuses and has an end operation, which the kernel of 5.12 then calls',
  'retries-after-invalidation':
    'the mark of a range has no sequence number: it misses a whole section in between',
}

const OF_5_2 = {
  ...OF_5_3,
  'undoes-a-refusal': 'a refusal leaves the count of sections up',
  context: 'it takes a mutex in a section that may not block',
}

const OF_NOUVEAU = {
  teardown: 'nouveau_svmm_release() is empty: the page table stays until the files are closed',
}

describe('5.2', () => {
  testDriver(() => hmmMirror({ era: '5.2' }), {
    skip: OF_5_2,
    counts: {
      'mainline@5.4 oom-reap': [215, 344],
      'mainline@5.4 dontneed': [1902, 4368],
      'mainline@5.4 munmap': [1158, 2680],
    },
  })
})

describe('5.3', () => {
  testDriver(() => hmmMirror({ era: '5.3' }), {
    skip: OF_5_3,
    counts: {
      'mainline@5.4 oom-reap': [229, 359],
      'mainline@5.4 dontneed': [1902, 4368],
      'mainline@5.4 munmap': [1158, 2680],
    },
  })
})

const nouveau = (era: string) => {
  const twin = hmmMirror({ era }).variants.nouveau
  if (!twin) throw new Error(`${era} has no twin with nouveau`)
  return twin
}

describe('nouveau on 5.2', () => {
  testDriver(() => nouveau('5.2'), {
    skip: { ...OF_5_2, ...OF_NOUVEAU },
    counts: {
      'mainline@5.4 oom-reap': [46, 46],
      'mainline@5.4 dontneed': [925, 1670],
      'mainline@5.4 munmap': [486, 862],
    },
  })
})

describe('nouveau on 5.3', () => {
  testDriver(() => nouveau('5.3'), {
    skip: { ...OF_5_3, ...OF_NOUVEAU },
    counts: {
      'mainline@5.4 oom-reap': [56, 55],
      'mainline@5.4 dontneed': [925, 1670],
      'mainline@5.4 munmap': [486, 862],
    },
  })
})
