// What the model follows: every kernel function that has an anchor in the sources, with its file and versions, the place where
// it is modelled, and what was left out there. Read from the code, so that the page cannot say more than the code does.
//
// An anchor is the source of a `procedure()`, or a `file.c:function` in the comment of a function that is none. What is left out
// stands in the `note` of the source, in the part of that comment that begins with "Left out", or in that of the file's head.
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import ts from 'typescript'

export interface Anchor {
  /** Relative to the root of the workspace. */
  readonly file: string
  readonly line: number
  /** The kernel's file and function, as the source of the procedure says; or whatever else it says. */
  readonly at: string
  readonly versions: string
  readonly note: string
}

export interface Modelled {
  readonly anchors: readonly Anchor[]
  /** What whole files leave out. */
  readonly leftOut: ReadonlyMap<string, string>
}

/** Where the kernel is modelled; scenarios only set tasks against each other. */
const FOLLOWING = [
  'packages/model/src',
  'packages/core/src',
  'packages/drivers',
  'packages/policies',
]

export function readModel(root: string): Modelled {
  const anchors: Anchor[] = []
  const leftOut = new Map<string, string>()
  for (const path of FOLLOWING.flatMap((dir) => sources(join(root, dir)))) {
    const file = relative(root, path)
    const text = readFileSync(path, 'utf8')
    const found = readFile(file, text)
    anchors.push(...found.anchors)
    if (found.leftOut) leftOut.set(file, found.leftOut)
  }
  return { anchors, leftOut }
}

const sources = (dir: string): string[] =>
  readdirSync(dir, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(dir, entry.name)
      if (entry.isDirectory())
        return ['node_modules', 'dist', 'test'].includes(entry.name) ? [] : sources(path)
      return entry.name.endsWith('.ts') && path.includes('/src/') ? [path] : []
    })
    .sort()

/** A kernel file and one of its functions. */
const KERNEL = /([\w/-][\w./-]*\.[chS]):(\w+)/

export function readFile(
  file: string,
  text: string,
): { readonly anchors: Anchor[]; readonly leftOut: string } {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const named = new Map<string, ts.Expression>()
  visit(source, (node) => {
    const declares = ts.isVariableDeclaration(node) || ts.isParameter(node)
    if (declares && node.initializer && ts.isIdentifier(node.name))
      named.set(node.name.text, node.initializer)
  })
  const anchors: Anchor[] = []
  visit(source, (node) => {
    const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1
    if (ts.isCallExpression(node) && node.expression.getText() === 'procedure') {
      const [, given] = node.arguments
      if (!given) return
      for (const anchor of ofProcedure(given, named))
        anchors.push({ file, line, ...anchor, note: join2(anchor.note, noteOf(commentOf(node))) })
    } else if (isFunction(node) && !containsProcedure(node)) {
      const comment = commentOf(node)
      const match = KERNEL.exec(comment)
      if (!match) return
      const versions = /\((\d[^)]*?)\)/.exec(comment)?.[1] ?? ''
      anchors.push({ file, line, at: match[0], versions, note: noteOf(comment) })
    }
  })
  return { anchors, leftOut: noteOf(headOf(text)) }
}

const join2 = (a: string, b: string): string => [a, b].filter(Boolean).join('; ')

function visit(node: ts.Node, look: (node: ts.Node) => void): void {
  look(node)
  ts.forEachChild(node, (child) => visit(child, look))
}

/** Declared at the top of a file. */
const isFunction = (node: ts.Node): boolean =>
  (ts.isFunctionDeclaration(node) || ts.isVariableStatement(node)) && ts.isSourceFile(node.parent)

function containsProcedure(node: ts.Node): boolean {
  let found = false
  visit(node, (n) => {
    if (ts.isCallExpression(n) && n.expression.getText() === 'procedure') found = true
  })
  return found
}

type Said = Pick<Anchor, 'at' | 'versions' | 'note'>

/** A procedure whose name is made of alternatives stands for all of them. */
function ofProcedure(given: ts.Expression, named: ReadonlyMap<string, ts.Expression>): Said[] {
  const value = ts.isIdentifier(given) ? (named.get(given.text) ?? given) : given
  if (!ts.isObjectLiteralExpression(value))
    return orNone(texts(value, named)).map((at) => ({ at, versions: '', note: '' }))
  const field = (name: string): string[] | undefined => {
    const property = value.properties.find((p) => p.name?.getText() === name)
    if (!property) return undefined
    if (ts.isShorthandPropertyAssignment(property)) return texts(property.name, named)
    return ts.isPropertyAssignment(property) ? texts(property.initializer, named) : ['']
  }
  const versions = field('versions')
  return orNone(field('at') ?? []).map((at) => ({
    at,
    versions: versions === undefined ? '' : (versions[0] ?? 'those of the era'),
    note: field('note')?.[0] ?? '',
  }))
}

const orNone = (list: readonly string[]): readonly string[] => (list.length ? list : [''])

/** The texts that an expression can stand for, as far as the file itself says. */
function texts(e: ts.Expression, named: ReadonlyMap<string, ts.Expression>): string[] {
  if (ts.isStringLiteralLike(e)) return [e.text]
  if (ts.isConditionalExpression(e))
    return [e.whenTrue, e.whenFalse].flatMap((x) => texts(x, named))
  if (ts.isIdentifier(e)) {
    const meant = named.get(e.text)
    return meant ? texts(meant, named) : []
  }
  if (!ts.isTemplateExpression(e)) return []
  return e.templateSpans.reduce(
    (heads, span) =>
      heads.flatMap((head) =>
        texts(span.expression, named).map((middle) => head + middle + span.literal.text),
      ),
    [e.head.text],
  )
}

/** The documentation of a declaration, or of the one that a procedure is made in. */
function commentOf(node: ts.Node): string {
  const text = node.getSourceFile().text
  for (let at: ts.Node = node; !ts.isSourceFile(at); at = at.parent) {
    // What a function returns is what its comment speaks of; what it makes on the way is not.
    if (ts.isBlock(at.parent) && !ts.isReturnStatement(at)) return ''
    const ranges = ts.getLeadingCommentRanges(text, at.getFullStart()) ?? []
    const last = ranges.at(-1)
    // The head of the file is not the comment of its first declaration.
    if (last && last.pos > 0) return plain(text.slice(last.pos, last.end))
  }
  return ''
}

const headOf = (text: string): string => plain(/^\/\*\*[\s\S]*?\*\//.exec(text)?.[0] ?? '')

const plain = (comment: string): string =>
  comment
    .replace(/^\/\*\*?|\*\/$|^\/\/ ?/g, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\*? ?/, '').trim())
    .join('\n')

/** "Left out: ...", to the end of its paragraph. */
function noteOf(comment: string): string {
  const from = /Left out(?:, as before)?: ([\s\S]*?)(?:\n\n|$)/.exec(comment)?.[1]
  return from === undefined ? '' : from.replace(/\s+/g, ' ').trim().replace(/\.$/, '')
}

/** What stands in the place of a kernel function where the kernel has none. */
const ELSEWHERE = ['user space', 'the hardware']

/** Procedures that do not say what they follow: neither a kernel function, nor a place in a kernel file, nor something outside of it. */
export const unanchored = ({ anchors }: Modelled): string[] =>
  anchors
    .filter(({ at }) => !ELSEWHERE.includes(at) && !/^[\w./-]*\w\/?[\w.-]*: ?\w/.test(at))
    .map(({ file, line, at }) => `${file}:${line}: ${at || 'no source that can be read'}`)

export function fidelityPage(model: Modelled): string {
  const rows = model.anchors.filter(({ at }) => !ELSEWHERE.includes(at))
  const files = [...new Set(rows.map((r) => kernelFile(r.at)))].sort()
  return [
    '# What the model follows',
    '',
    '<!-- Made from the sources by `npm run fidelity`; change it there. -->',
    '',
    'Every kernel function that the model has, with the versions that it was read in, the place where it stands, and what it leaves',
    'out. "all" says that the function is the same, as far as it is modelled, in every version from 4.6 to 7.3 that has it; "with the',
    'patch" and "with the idea" are not mainline. What whole files leave out stands at the end.',
    '',
    ...files.flatMap((file) => [
      `## ${file}`,
      '',
      '| function | versions | modelled in | left out, and why |',
      '| --- | --- | --- | --- |',
      ...merged(rows.filter((r) => kernelFile(r.at) === file)).map(
        (r) =>
          `| ${cell(r.name)} | ${cell(r.versions || 'all')} | ${place(r.file)} | ${cell(r.note) || whole(model, r.file)} |`,
      ),
      '',
    ]),
    '## What whole files leave out',
    '',
    '| file | left out, and why |',
    '| --- | --- |',
    ...[...model.leftOut].map(([file, note]) => `| ${place(file)} | ${cell(note)} |`),
    '',
  ].join('\n')
}

const kernelFile = (at: string): string => at.slice(0, at.indexOf(':'))

interface Row {
  readonly name: string
  readonly versions: string
  readonly file: string
  readonly note: string
}

/** What a file leaves out stands at the end, once. */
const whole = ({ leftOut }: Modelled, file: string): string =>
  leftOut.has(file) ? '[as the whole file](#what-whole-files-leave-out)' : ''

/** One row for each function, versions and file. */
function merged(anchors: readonly Anchor[]): Row[] {
  const byKey = new Map<string, Anchor[]>()
  for (const a of anchors) {
    const key = [a.at, a.versions, a.file].join('|')
    byKey.set(key, [...(byKey.get(key) ?? []), a])
  }
  return [...byKey.values()]
    .map((list) => ({
      name: list[0]?.at.slice(kernelFile(list[0].at).length + 1).trim() ?? '',
      versions: list[0]?.versions ?? '',
      file: list[0]?.file ?? '',
      note: [...new Set(list.map((a) => a.note).filter(Boolean))].join('; '),
    }))
    .sort((a, b) => order(a.name, b.name) || order(a.versions, b.versions) || order(a.file, b.file))
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
const place = (file: string): string =>
  `[${file.replace(/^packages\//, '').replace('/src/', '/')}](../${file})`
const cell = (text: string): string => text.replaceAll('|', '\\|').replace(/\s+/g, ' ')
