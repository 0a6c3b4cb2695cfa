// The sources of all packages, parsed: what the rules of this folder look at.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAst } from 'vitest/node';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A node of the syntax tree (ESTree with TypeScript's nodes); only what is common to all is typed. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

/** A static or dynamic import, or a re-export. */
export interface Import {
  /** The text between the quotes; `undefined` for a dynamic import of something computed. */
  readonly specifier: string | undefined;
  readonly typeOnly: boolean;
  readonly names: readonly string[];
  readonly line: number;
}

/** One source file of a package. */
export interface SourceFile {
  /** From the root of the repository, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly program: SyntaxNode;
  readonly imports: readonly Import[];
  /** A test, or what tests share (`test-*.ts`): not part of the built package. */
  readonly isTest: boolean;
  lineOf(position: number): number;
}

/** A workspace. */
export interface Package {
  readonly name: string;
  readonly dependencies: ReadonlySet<string>;
  /** What only its tests may import. */
  readonly devDependencies: ReadonlySet<string>;
  readonly files: readonly SourceFile[];
}

/** All packages of the repository. */
export function readPackages(): Package[] {
  const packages: Package[] = [];
  for (const name of readdirSync(join(root, 'packages')).sort()) {
    const home = join(root, 'packages', name);
    const manifest = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
    packages.push({
      name,
      dependencies: new Set(Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })),
      devDependencies: new Set(Object.keys(manifest.devDependencies ?? {})),
      files: sourcePaths(join(home, 'src')).map(readSource),
    });
  }
  return packages;
}

/** Every node below `node`, itself first. */
export function* walk(node: SyntaxNode): Generator<SyntaxNode> {
  yield node;
  for (const child of childrenOf(node)) yield* walk(child);
}

/** The nodes right below `node`. */
export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  return Object.values(node).flat().filter(isNode);
}

/** Tells nodes from the other values that nodes hold. */
export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

/** The path of the file that a relative import leads to. */
export function resolveImport(from: SourceFile, specifier: string): string {
  return join(dirname(from.path), specifier).replaceAll('\\', '/').replace(/\.js$/, '.ts');
}

function sourcePaths(directory: string): string[] {
  const paths: string[] = [];
  for (const name of readdirSync(directory).sort()) {
    const path = join(directory, name);
    // Generated code is its generator's business.
    if (name === 'generated' || name === 'testdata') continue;
    if (statSync(path).isDirectory()) paths.push(...sourcePaths(path));
    else if (name.endsWith('.ts')) paths.push(path);
  }
  return paths;
}

function readSource(path: string): SourceFile {
  return parseSource(relative(root, path).replaceAll('\\', '/'), readFileSync(path, 'utf8'));
}

/** A source file from its text. `path` is from the root of the repository. */
export function parseSource(path: string, text: string): SourceFile {
  const program = parseAst(text, { lang: 'ts' }) as unknown as SyntaxNode;
  const lineOf = (position: number): number => text.slice(0, position).split('\n').length;
  return {
    path,
    text,
    program,
    imports: [...importsOf(program, lineOf)],
    isTest: /\.test\.ts$|\/test-[^/]*\.ts$/.test(path),
    lineOf,
  };
}

function* importsOf(program: SyntaxNode, lineOf: (position: number) => number): Generator<Import> {
  for (const node of walk(program)) {
    if (!isNode(node.source)) continue;
    const literal = node.source.type === 'Literal' ? (node.source.value as string) : undefined;
    const specifiers = Array.isArray(node.specifiers) ? (node.specifiers as SyntaxNode[]) : [];
    const kinds = specifiers.map((specifier) => specifier.importKind ?? specifier.exportKind);
    const allTypes = kinds.length > 0 && kinds.every((kind) => kind === 'type');
    yield {
      specifier: literal,
      typeOnly: node.importKind === 'type' || node.exportKind === 'type' || node.type === 'TSImportType' || allTypes,
      names: specifiers.map(({ imported }) => (isNode(imported) ? String(imported.name) : '*')),
      line: lineOf(node.start),
    };
  }
}
