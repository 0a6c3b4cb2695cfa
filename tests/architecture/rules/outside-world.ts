// Time, disk, sockets and randomness come through the ports; nothing runs code that came from outside.
import { isNode, type Package, type SourceFile, type SyntaxNode, walk } from '../source-tree.js';

/** The one place that may touch the outside world: it implements the ports. */
const HOME = 'packages/common/src/node/';

interface Exception {
  /** A file or a folder (ending in `/`). */
  readonly path: string;
  /** What it may use. */
  readonly uses: readonly string[];
  readonly reason: string;
}

/** Each with its reason; one that is no longer needed is a failure too. */
const EXCEPTIONS: readonly Exception[] = [
  {
    path: 'packages/testkit/src/temporary-directory.ts',
    uses: ['node:fs/promises'],
    reason: 'makes directories of the real file system for tests that need one',
  },
  {
    path: 'packages/server/src/quickstart/quickstart.ts',
    uses: ['node:fs'],
    reason: 'makes a temporary directory that nobody else can have made before, which no port offers',
  },
];

const PORT_MODULES = /^node:(fs|fs\/promises|net|tls|dgram|timers|timers\/promises)$/;
const NEVER_MODULES = /^node:(child_process|vm|repl)$/;
const RANDOM_NAMES = new Set(['randomBytes', 'randomInt', 'randomUUID', 'randomFill', 'randomFillSync']);
const FORBIDDEN_CALLS = new Set([
  'Date',
  'Date.now',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'Math.random',
  'process.hrtime',
  'process.hrtime.bigint',
  'performance.now',
]);
const NEVER_CALLS = new Set(['eval', 'Function', 'globalThis.eval']);

/** Every use of the outside world beside the ports that no exception allows. */
export function outsideWorldProblems(packages: readonly Package[]): string[] {
  const problems: string[] = [];
  const used = new Set<Exception>();
  for (const { files } of packages) {
    for (const file of files.filter(({ isTest }) => !isTest)) {
      for (const { what, line } of [...forbiddenImports(file), ...forbiddenCalls(file)]) {
        const exception = EXCEPTIONS.find(({ path, uses }) => file.path.startsWith(path) && uses.includes(what));
        if (exception) used.add(exception);
        else problems.push(`${file.path}:${line} uses ${what}`);
      }
    }
  }
  for (const exception of EXCEPTIONS) {
    if (!used.has(exception)) problems.push(`${exception.path} no longer needs its exception`);
  }
  return problems;
}

interface Use {
  readonly what: string;
  readonly line: number;
}

function* forbiddenImports(file: SourceFile): Generator<Use> {
  const isHome = file.path.startsWith(HOME);
  for (const { specifier, typeOnly, names, line } of file.imports) {
    if (specifier === undefined) yield { what: 'import() of a computed name', line };
    if (specifier === undefined || typeOnly) continue;
    const module = /^(fs|net|tls|dgram|timers|child_process|vm|repl|crypto)(\/|$)/.test(specifier)
      ? `node:${specifier}`
      : specifier;
    if (NEVER_MODULES.test(module) || (!isHome && PORT_MODULES.test(module))) yield { what: module, line };
    const random = module === 'node:crypto' && !isHome ? names.filter((name) => RANDOM_NAMES.has(name)) : [];
    for (const name of random) yield { what: `${module} ${name}`, line };
  }
}

function* forbiddenCalls(file: SourceFile): Generator<Use> {
  const isHome = file.path.startsWith(HOME);
  for (const node of walk(file.program)) {
    if (node.type !== 'CallExpression' && node.type !== 'NewExpression') continue;
    const callee = dottedName(node.callee);
    const line = file.lineOf(node.start);
    if (NEVER_CALLS.has(callee)) yield { what: callee, line };
    if (isHome || !FORBIDDEN_CALLS.has(callee)) continue;
    const isGivenDate = callee === 'Date' && node.type === 'NewExpression' && (node.arguments as unknown[]).length > 0;
    if (!isGivenDate) yield { what: callee === 'Date' ? 'the present Date' : callee, line };
  }
}

/** `a.b.c` for member accesses by name; empty for anything else. */
function dottedName(node: unknown): string {
  if (!isNode(node)) return '';
  if (node.type === 'Identifier') return String(node.name);
  if (node.type !== 'MemberExpression' || node.computed === true) return '';
  const object = dottedName(node.object);
  return object === '' ? '' : `${object}.${(node.property as SyntaxNode).name}`.replace(/^globalThis\.(?!eval)/, '');
}
