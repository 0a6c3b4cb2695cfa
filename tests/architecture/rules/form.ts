// Files and functions that fit a head, and comments where a reader starts.
import { childrenOf, isNode, type Package, type SourceFile, type SyntaxNode } from '../source-tree.js';

const MAX_FILE_LINES = 300;
const MAX_FUNCTION_LINES = 70;
const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);

/** Declared configurations are tables with the reference's keys: they are as long as it has keys. */
const TABLE = /\/src\/config\.ts$/;

/** Lines of each file and function (`path#name`) beyond the limits. */
export function oversized(packages: readonly Package[]): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const file of codeOf(packages)) {
    const fileLines = file.lineOf(file.text.trimEnd().length);
    if (fileLines > MAX_FILE_LINES && !TABLE.test(file.path)) sizes.set(file.path, fileLines);
    for (const { node, name } of functionsOf(file.program, '(anonymous)')) {
      const lines = file.lineOf(node.end) - file.lineOf(node.start) + 1;
      const key = `${file.path}#${name}`;
      if (lines > MAX_FUNCTION_LINES) sizes.set(key, Math.max(lines, sizes.get(key) ?? 0));
    }
  }
  return sizes;
}

/** Functions with the name of the nearest thing around them that has one. */
function* functionsOf(node: SyntaxNode, outerName: string): Generator<{ node: SyntaxNode; name: string }> {
  const name = nameOf(node) ?? outerName;
  if (FUNCTIONS.has(node.type)) yield { node, name };
  for (const child of childrenOf(node)) yield* functionsOf(child, name);
}

/** What grew beyond the limits, or beyond what the ratchet allows, and entries of the ratchet that can be lowered. */
export function ratchetProblems(
  sizes: ReadonlyMap<string, number>,
  ratchet: Readonly<Record<string, number>>,
): string[] {
  const problems: string[] = [];
  for (const [name, lines] of sizes) {
    const allowed = ratchet[name];
    if (allowed === undefined)
      problems.push(
        `${name} has ${lines} lines: ${name.includes('#') ? MAX_FUNCTION_LINES : MAX_FILE_LINES} are allowed`,
      );
    else if (lines > allowed) problems.push(`${name} grew from ${allowed} to ${lines} lines`);
  }
  for (const [name, allowed] of Object.entries(ratchet)) {
    const lines = sizes.get(name);
    if (lines === undefined) problems.push(`${name} is within the limits now: remove it from ratchet.json`);
    else if (lines < allowed) problems.push(`${name} shrank to ${lines} lines: lower it in ratchet.json`);
  }
  return problems;
}

/** Files that say nothing before their first statement. */
export function filesWithoutOpening(packages: readonly Package[]): string[] {
  const silent: string[] = [];
  for (const file of codeOf(packages)) {
    const body = file.program.body as SyntaxNode[];
    const first = body.find(({ type, source }) => type !== 'ImportDeclaration' && !isNode(source));
    if (first === undefined) continue;
    // A comment before or between the imports, or on the first thing that the file declares.
    if (!/^\s*(\/\/|\/\*)/m.test(file.text.slice(0, first.start))) silent.push(file.path);
  }
  return silent;
}

/** Exported names that nothing explains; see `isDocumented`. */
export function undocumentedExports(packages: readonly Package[]): string[] {
  const silent: string[] = [];
  for (const file of codeOf(packages)) {
    const explained = new Set<string>();
    let previousEnd = 0;
    for (const node of file.program.body as SyntaxNode[]) {
      const name = exportedName(node);
      // Constants without a blank line between them share the docstring of the first.
      const continues = explained.size > 0 && /^\n\S*$/.test(file.text.slice(previousEnd, node.start));
      previousEnd = node.end;
      if (name === undefined) continue;
      if (continues || explained.has(name) || isDocumented(file, node, name)) explained.add(name);
      else silent.push(`${file.path}:${file.lineOf(node.start)} ${name}`);
    }
  }
  return silent;
}

/**
 * A docstring, its own or of a member; or the comment that opens the file that is named after it; or the
 * `doc` of a declaration that is data. Options and parts of what is documented may speak
 * through their names.
 */
function isDocumented(file: SourceFile, node: SyntaxNode, name: string): boolean {
  const fileName = file.path.replace(/^.*\/|\.ts$/g, '').replaceAll('-', '');
  return (
    hasDocstring(file, node) ||
    /(Options|Parts|Dependencies)$/.test(name) ||
    fileName === name.toLowerCase() ||
    /\bdefine\w+\(|\bdoc:|^export interface[\s\S]*\/\*\*/.test(file.text.slice(node.start, node.end))
  );
}

function exportedName(node: SyntaxNode): string | undefined {
  if (node.type !== 'ExportNamedDeclaration' || !isNode(node.declaration)) return undefined;
  return nameOf(node.declaration) ?? nameOf((node.declaration.declarations as SyntaxNode[] | undefined)?.[0]);
}

function codeOf(packages: readonly Package[]): SourceFile[] {
  return packages.flatMap(({ files }) => files.filter(({ isTest }) => !isTest));
}

function hasDocstring(file: SourceFile, node: SyntaxNode): boolean {
  const before = file.text
    .slice(0, node.start)
    .replace(/(\/\/ biome-ignore .*\s*)+$/, '')
    .trimEnd();
  return before.endsWith('*/') && before.slice(before.lastIndexOf('/*')).startsWith('/**');
}

function nameOf(node: SyntaxNode | undefined): string | undefined {
  const named = node?.id ?? node?.key;
  return isNode(named) && typeof named.name === 'string' ? named.name : undefined;
}
