/** Just enough TLA+ to run the modules that `tla` writes: their formulas become JavaScript, line by line. */

export interface Module {
  readonly variables: readonly string[]
  readonly init: State
  readonly actions: ReadonlyMap<string, Action>
  readonly invariants: ReadonlyMap<string, (s: State) => boolean>
  /** Names of the actions that a property of steps forbids, by property. */
  readonly forbidden: ReadonlyMap<string, readonly string[]>
}

export interface State {
  readonly pc: Readonly<Record<string, string>>
  readonly [variable: string]: unknown
}

interface Action {
  /** The state after it, or undefined where it cannot happen. */
  readonly step: (s: State) => State | undefined
  /** Everything that it says about the next state, one entry per variable. */
  readonly says: readonly string[]
}

export function parse(text: string): Module {
  const lines = text
    .split('\n')
    .filter((l) => !/^ *\\\*/.test(l))
    .map((l) => l.replace(/\\\*.*$/, '').trimEnd())
  const blocks = blocksOf(lines.join('\n'))
  const body = (name: string): string[] => blocks.get(name) ?? []
  const at = lines.indexOf('VARIABLES')
  const variables = lines.slice(at + 1, lines.indexOf('', at)).map((l) => l.replace(',', '').trim())
  const steps = [...body('Next')].flatMap((task) => body(task.replace(/^\\\/ /, '')))
  const names = steps.map((l) => l.replace(/^\\\/ /, '')).filter((n) => n !== 'FALSE')
  const properties = [...blocks.keys()].filter((n) => /^[A-Z][A-Za-z]*Steps$/.test(n))
  const invariants = [...blocks.keys()].filter(
    (n) => /^[A-Z]/.test(n) && !/^(Next|Init|Spec)|Steps$/.test(n),
  )
  return {
    variables,
    init: initial(body('Init')),
    actions: new Map(names.map((n) => [n, action(body(n))])),
    invariants: new Map(
      invariants.map((n) => {
        const parts = body(n).map((l) => formula(member(conjunct(l))))
        return [n, (s: State) => parts.every((f) => Boolean(f(s)))]
      }),
    ),
    forbidden: new Map(
      properties.map((n) => [
        n,
        (/\[\]\[~\((.*)\)\]_vars/.exec(body(n)[0] ?? '')?.[1] ?? '').split(' \\/ '),
      ]),
    ),
  }
}

/** `name ==` and what is indented below it, or stands behind it. */
function blocksOf(text: string): Map<string, string[]> {
  const blocks = new Map<string, string[]>()
  for (const part of text.split(/\n(?=[A-Za-z]\w* ==)/).slice(1)) {
    const [, name = '', rest = ''] = /^(\w+) ==([\s\S]*)$/.exec(part) ?? []
    if (blocks.has(name)) throw new Error(`${name} is defined twice`)
    const body = rest.split(/\n\n/)[0] ?? ''
    blocks.set(
      name,
      body
        .split('\n')
        .map((l) => l.trim())
        .filter((l) => l !== ''),
    )
  }
  return blocks
}

const conjunct = (line: string): string => line.replace(/^\/\\ /, '')
const member = (text: string): string =>
  text.replace(/^(\S+) \\in (-?\d+)\.\.(-?\d+)$/, '(($1 >= $2) /\\ ($1 <= $3))')

/** Every identifier but those of the language has an underscore in it. */
function formula(text: string): (s: State) => number | boolean {
  const code = text
    .replaceAll('/\\', '&&')
    .replaceAll('\\/', '||')
    .replaceAll('~', '!')
    .replaceAll(' # ', ' !== ')
    .replaceAll(' = ', ' === ')
    .replaceAll('IF ', '')
    .replaceAll(' THEN ', ' ? ')
    .replaceAll(' ELSE ', ' : ')
    .replace(/\bTRUE\b/g, 'true')
    .replace(/\bFALSE\b/g, 'false')
    .replace(/\b[A-Za-z]\w*_\w*\b(?!")/g, (name, i: number, all: string) =>
      all[i - 1] === '"' || all[i - 1] === '.' ? name : `s.${name}`,
    )
    .replace(/\bpc\./g, 's.pc.')
  return new Function('s', `return ${code}`) as (s: State) => number | boolean
}

function initial(lines: readonly string[]): State {
  const state: Record<string, unknown> = {}
  for (const line of lines) {
    const [, name = '', value = ''] = /^\/\\ (\w+) = (.*)$/.exec(line) ?? []
    state[name] =
      name === 'pc'
        ? Object.fromEntries([...value.matchAll(/(\w+) \|-> "(\w+)"/g)].map(([, t, p]) => [t, p]))
        : Number(value)
  }
  return state as State
}

function action(lines: readonly string[]): Action {
  const guards: ((s: State) => number | boolean)[] = []
  const next: [string, (s: State) => unknown][] = []
  const limits: ((s: State) => number | boolean)[] = []
  const says: string[] = []
  for (const text of lines.map(conjunct)) {
    const [, target, value = ''] = /^(\w+)' = (.*)$/.exec(text) ?? []
    const same = /^UNCHANGED <<(.*)>>$/.exec(text)?.[1]
    if (same !== undefined) says.push(...same.split(', '))
    else if (target === 'pc') {
      says.push('pc')
      const [, task = '', place = ''] = /^\[pc EXCEPT !\.(\w+) = "(\w+)"\]$/.exec(value) ?? []
      next.push(['pc', (s) => (task ? { ...s.pc, [task]: place } : stopped(s))])
    } else if (target !== undefined) {
      says.push(target)
      next.push([target, formula(value)])
    } else if (/^\w+' \\in/.test(text)) limits.push(formula(member(text.replace("'", ''))))
    else guards.push(formula(text))
  }
  return {
    says,
    step: (s) => {
      if (!guards.every((g) => Boolean(g(s)))) return undefined
      const to = { ...s, ...Object.fromEntries(next.map(([name, f]) => [name, f(s)])) } as State
      return limits.every((f) => Boolean(f(to))) ? to : undefined
    },
  }
}

const stopped = (s: State): Record<string, string> =>
  Object.fromEntries(Object.keys(s.pc).map((t) => [t, 'BUG']))
