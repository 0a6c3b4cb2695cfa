// Packages look down only, name what they use, and are no knot inside.
import { type Package, resolveImport, type SourceFile } from '../source-tree.js';

const SCOPE = '@rocketmq-ts/';
const LAYERS: Readonly<Record<string, number>> = {
  common: 0,
  remoting: 1,
  filter: 1,
  testkit: 1,
  store: 2,
  client: 2,
  namesrv: 3,
  broker: 3,
  tools: 4,
  server: 5,
};

/**
 * Imports of a package's code that do not lead to a lower layer, or that its package.json does not name;
 * and packages of ours that its tests import and it does not name.
 */
export function layerProblems(packages: readonly Package[]): string[] {
  const problems: string[] = [];
  for (const { name, dependencies, devDependencies, files } of packages) {
    const layer = LAYERS[name];
    if (layer === undefined) problems.push(`packages/${name} has no layer in tests/architecture/rules/layers.ts`);
    for (const file of files) {
      for (const { specifier, line } of file.imports) {
        if (specifier === undefined || /^(\.|node:)/.test(specifier)) continue;
        const dependency = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
        // The tools of tests are the repository's, one version for all.
        if (file.isTest && !dependency.startsWith(SCOPE)) continue;
        if (!dependencies.has(dependency) && !(file.isTest && devDependencies.has(dependency)))
          problems.push(`${file.path}:${line} imports ${dependency}, which package.json does not name`);
        if (file.isTest || !dependency.startsWith(SCOPE)) continue;
        const other = LAYERS[dependency.slice(SCOPE.length)];
        if (other === undefined || layer === undefined || other >= layer) {
          problems.push(`${file.path}:${line} imports ${dependency}, which is not in a lower layer`);
        }
      }
    }
  }
  return problems;
}

/** Relative imports that leave their package, in tests too. */
export function escapingImports(packages: readonly Package[]): string[] {
  const problems: string[] = [];
  for (const { name, files } of packages) {
    for (const file of files) {
      for (const { specifier, line } of file.imports) {
        if (!specifier?.startsWith('.')) continue;
        const target = resolveImport(file, specifier);
        if (target.startsWith('packages/') && !target.startsWith(`packages/${name}/`)) {
          problems.push(`${file.path}:${line} imports ${target} by its path: import the package`);
        }
      }
    }
  }
  return problems;
}

/** Import cycles within a package, each told once; imports of types count. */
export function importCycles(packages: readonly Package[]): string[] {
  const cycles: string[] = [];
  for (const { files } of packages) {
    const byPath = new Map(files.map((file) => [file.path, file]));
    const finished = new Set<SourceFile>();
    const visit = (file: SourceFile, trail: readonly SourceFile[]): void => {
      const start = trail.indexOf(file);
      if (start >= 0) cycles.push([...trail.slice(start), file].map(({ path }) => path).join(' -> '));
      if (start >= 0 || finished.has(file)) return;
      for (const { specifier } of file.imports) {
        const target = specifier?.startsWith('.') ? byPath.get(resolveImport(file, specifier)) : undefined;
        if (target) visit(target, [...trail, file]);
      }
      finished.add(file);
    };
    for (const file of files) visit(file, []);
  }
  return cycles;
}
