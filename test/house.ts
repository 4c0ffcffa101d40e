// The rules of the house: which package may use which, and what the lower floors must do without.
//
// `readHouse` collects the packages of the workspace, `faults` judges them. The judge works on plain
// data, so that its own tests can hand it houses that are broken in one place each.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join, posix } from 'node:path'
import ts from 'typescript'

interface Manifest {
  name: string
  dependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}

export interface Package {
  /** Folder, relative to the root of the workspace. */
  dir: string
  manifest: Manifest
  /** Text of each source file by its path relative to `dir`. */
  sources: Record<string, string>
}

interface Storey {
  floor: 1 | 2 | 3 | 4 | 5
  /** The packages of this house that it may use. */
  uses: readonly string[]
}

const own = (...names: string[]): string[] => names.map((name) => `@mmulab/${name}`)
const plugin: Storey = { floor: 3, uses: own('model', 'core') }
const evaluation: Storey = { floor: 4, uses: own('model', 'checker', 'core') }

/** Gathers what ships on floor 3, and adds nothing to it. */
const gathering: Storey = {
  floor: 4,
  uses: own(
    'model',
    'core',
    'driver-amdgpu',
    'driver-amdkfd',
    'driver-drm-gpusvm',
    'driver-gntdev',
    'driver-gru',
    'driver-hfi1',
    'driver-hmm-mirror',
    'driver-i915-userptr',
    'driver-iommu-sva',
    'driver-sgx',
    'driver-kvm',
    'driver-mshv',
    'driver-nouveau-svm',
    'driver-radeon',
    'driver-rdma-odp',
    'driver-scif',
    'driver-test-hmm',
    'driver-vhost',
    'driver-xe',
    'policy-mainline',
    'policy-mayfail',
    'policy-unwind-on-fail',
    'policy-vma-start-range',
    'policy-unevict',
    'policy-pincheck',
    'policy-rt-locks-in-non-block',
    'policy-preempt-rt',
    'policy-unwind-intervals',
    'policy-reaper-ends',
    'policy-refuse-several',
    'policy-undo-by-address',
    'policy-end-for-all',
    'policy-int-void-split',
    'policy-raw-mn-lock',
    'policy-dept-map',
    'policy-defer-invalidation',
    'policy-unregister-at-oom',
    'policy-detach-at-oom',
    'policy-skip-while-reaping',
    'policy-interval',
    'policy-noblock',
    'policy-mayfail-intervals',
    'policy-stop-at-refusal',
    'policy-stop-and-unwind',
    'policy-list-first',
    'policy-caller-ends',
    'scenarios',
  ),
}

const storeys: Record<string, Storey> = {
  'packages/model': { floor: 1, uses: [] },
  'packages/checker': { floor: 2, uses: own('model') },
  'packages/core': { floor: 2, uses: own('model') },
  'packages/drivers/*': plugin,
  'packages/policies/*': plugin,
  'packages/scenarios': plugin,
  'packages/compare': evaluation,
  'packages/records': evaluation,
  'packages/history': { floor: 4, uses: [...evaluation.uses, ...own('compare')] },

  'packages/testkit': {
    floor: 4,
    uses: [
      ...evaluation.uses,
      ...own('compare', 'policy-mainline', 'policy-unwind-intervals', 'scenarios'),
    ],
  },
  'packages/standard': gathering,
  'packages/report': { floor: 4, uses: [...evaluation.uses, ...own('compare', 'records')] },
  'packages/cli': { floor: 5, uses: [] },
  'packages/create-mmulab-driver': { floor: 5, uses: [] },
  'packages/bench': { floor: 5, uses: [] },
  'apps/*': { floor: 5, uses: [] },
}

const storeyOf = (dir: string): Storey | undefined =>
  storeys[dir] ?? storeys[`${posix.dirname(dir)}/*`]

/** Everything that breaks a rule, one line each: the file, what it does, what the rule is. */
export function faults(house: readonly Package[]): string[] {
  const dirOf = new Map(house.map((each) => [each.manifest.name, each.dir]))
  return house.flatMap((each) => {
    const storey = storeyOf(each.dir)
    if (!storey) return [`${each.dir}: has no floor; give it one in test/house.ts`]
    const arrow = (file: string, target: string): string[] => {
      const dir = dirOf.get(target)
      if (dir === undefined || target === each.manifest.name || allowed(storey, target, dir))
        return []
      const may =
        storey.floor === 5 ? 'floors 1 to 4' : storey.uses.join(', ') || 'no other package'
      return [`${each.dir}/${file}: imports ${target}; on floor ${storey.floor} it may use ${may}`]
    }
    return [
      ...declared(each).flatMap((name) => arrow('package.json', name)),
      ...Object.entries(each.sources).flatMap(([file, text]) =>
        fileFaults(each, storey, file, text, arrow),
      ),
      ...cycles(each),
    ]
  })
}

function allowed(storey: Storey, target: string, dir: string): boolean {
  if (storey.floor < 5) return storey.uses.includes(target)
  return (storeyOf(dir)?.floor ?? 5) < 5
}

const declared = ({ manifest }: Package): string[] =>
  Object.keys({
    ...manifest.dependencies,
    ...manifest.peerDependencies,
    ...manifest.optionalDependencies,
  })

const builtin = (specifier: string): boolean =>
  specifier.startsWith('node:') || builtinModules.includes(specifier)

function fileFaults(
  each: Package,
  storey: Storey,
  file: string,
  text: string,
  arrow: (file: string, target: string) => string[],
): string[] {
  const { imports, globals } = read(file, text)
  const at = `${each.dir}/${file}`
  const found = imports.flatMap((specifier) => {
    if (builtin(specifier))
      return storey.floor < 5
        ? [`${at}: imports ${specifier}; below floor 5 everything must run in a browser too`]
        : []
    if (specifier.startsWith('.')) {
      const target = posix.join(posix.dirname(file), specifier)
      return target.startsWith('..') ? [`${at}: imports ${specifier}, outside of its package`] : []
    }
    const target = packageOf(specifier)
    const undeclared =
      declared(each).includes(target) || target === each.manifest.name
        ? []
        : [`${at}: imports ${specifier}, which its package.json does not depend on`]
    return [...arrow(file, target), ...undeclared]
  })
  const nodeOnly =
    storey.floor < 5
      ? globals.map((name) => `${at}: uses ${name}, which only Node has; see floor 5`)
      : []
  return [...found, ...nodeOnly]
}

const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')

/** What a file imports (types count), and which of Node's globals it uses. */
function read(file: string, text: string): { imports: string[]; globals: string[] } {
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const imports = new Set<string>()
  const used = new Set<string>()
  const bound = new Set<string>()
  const visit = (node: ts.Node): void => {
    const specifier = specifierOf(node)
    if (specifier && ts.isStringLiteralLike(specifier)) imports.add(specifier.text)
    if (ts.isIdentifier(node) && (node.text === 'process' || node.text === 'Buffer')) {
      const role = roleOf(node)
      if (role === 'binding') bound.add(node.text)
      if (role === 'use') used.add(node.text)
    }
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return { imports: [...imports], globals: [...used].filter((name) => !bound.has(name)) }
}

function specifierOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return node.argument.literal
  if (ts.isExternalModuleReference(node)) return node.expression
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
    return node.arguments[0]
  return undefined
}

/** A file may well have a variable called `process`; a property of that name is nobody's concern. */
function roleOf(name: ts.Identifier): 'use' | 'binding' | 'property' {
  const { parent } = name
  if (ts.isPropertyAccessExpression(parent) && parent.name === name)
    return parent.expression.getText() === 'globalThis' ? 'use' : 'property'
  const isName = 'name' in parent && parent.name === name
  if (ts.isShorthandPropertyAssignment(parent)) return 'use'
  if (!isName) return 'propertyName' in parent && parent.propertyName === name ? 'property' : 'use'
  const member =
    ts.isPropertyAssignment(parent) || ts.isClassElement(parent) || ts.isTypeElement(parent)
  return member ? 'property' : 'binding'
}

/** Each ring of files of one package that import one another, once. */
function cycles({ dir, sources }: Package): string[] {
  const targets = (file: string): string[] =>
    read(file, sources[file] ?? '').imports.flatMap((specifier) => {
      if (!specifier.startsWith('.')) return []
      const path = posix.join(posix.dirname(file), specifier)
      const candidates = [path, `${path}.ts`, `${path}.tsx`, `${path}/index.ts`]
      candidates.push(path.replace(/\.js$/, '.ts'))
      return candidates.filter((each) => each in sources).slice(0, 1)
    })
  const done = new Set<string>()
  const trail: string[] = []
  const found: string[] = []
  const walk = (file: string): void => {
    const start = trail.indexOf(file)
    if (start >= 0) {
      found.push(`${dir}: import cycle ${[...trail.slice(start), file].join(' -> ')}`)
      return
    }
    if (done.has(file)) return
    trail.push(file)
    for (const target of targets(file)) walk(target)
    trail.pop()
    done.add(file)
  }
  for (const file of Object.keys(sources)) walk(file)
  return found
}

/** The packages of the workspace under `root`, with the sources they have on disk. */
export function readHouse(root: string): Package[] {
  const groups = ['packages', 'packages/drivers', 'packages/policies', 'apps']
  const dirs = groups.flatMap((group) =>
    existsSync(join(root, group))
      ? readdirSync(join(root, group)).map((name) => `${group}/${name}`)
      : [],
  )
  return dirs
    .filter((dir) => existsSync(join(root, dir, 'package.json')))
    .map((dir) => ({
      dir,
      manifest: JSON.parse(readFileSync(join(root, dir, 'package.json'), 'utf8')) as Manifest,
      sources: readSources(join(root, dir), 'src'),
    }))
}

function readSources(base: string, folder: string): Record<string, string> {
  if (!existsSync(join(base, folder))) return {}
  return Object.assign(
    {},
    ...readdirSync(join(base, folder), { withFileTypes: true }).map((entry) => {
      const path = `${folder}/${entry.name}`
      if (entry.isDirectory()) return readSources(base, path)
      return /\.[cm]?[jt]sx?$/.test(path) ? { [path]: readFileSync(join(base, path), 'utf8') } : {}
    }),
  )
}
