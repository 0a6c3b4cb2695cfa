// The names of a simulated file system: the tree that the running system sees, and the one that a loss of power would leave.
import { fileSystemError } from '@rocketmq-ts/common';
import { MemoryFile } from './memory-file.js';
import type { SeededRandom } from './seeded-random.js';

/** What a name leads to. */
export type MemoryNode = MemoryFile | MemoryDirectory;

/** A directory: its names now, and those that are safe from a loss of power. */
export class MemoryDirectory {
  names = new Map<string, MemoryNode>();
  readonly durableNames = new Map<string, MemoryNode>();
  modifiedMs = 0;
}

/** A name that appears (`node`) or goes (`undefined`). A rename is two of them, which happen together. */
interface NameChange {
  readonly directory: MemoryDirectory;
  readonly name: string;
  readonly node: MemoryNode | undefined;
}

/** Where a path leads: the directory that holds its last name. */
export interface Place {
  readonly directory: MemoryDirectory;
  readonly name: string;
}

/** All names from the root `/` on. Paths are absolute or relative to the root. */
export class MemoryTree {
  readonly root = new MemoryDirectory();
  /** Changes that are not durable yet, oldest first; each entry happens wholly or not at all. */
  #waiting: NameChange[][] = [];

  find(path: string): MemoryNode | undefined {
    let node: MemoryNode | undefined = this.root;
    for (const name of namesOf(path)) {
      if (!(node instanceof MemoryDirectory)) return undefined;
      node = node.names.get(name);
    }
    return node;
  }

  /** Throws `ENOENT` or `ENOTDIR` when the parent is not a directory. */
  placeOf(path: string, action: string): Place {
    const names = namesOf(path);
    const name = names.pop();
    if (name === undefined) throw fileSystemError('EINVAL', `the root cannot be changed, ${action} '${path}'`);
    const directory = this.find(names.join('/'));
    if (directory === undefined) throw fileSystemError('ENOENT', `no such file or directory, ${action} '${path}'`);
    if (!(directory instanceof MemoryDirectory))
      throw fileSystemError('ENOTDIR', `not a directory, ${action} '${path}'`);
    return { directory, name };
  }

  /** Changes names, all of them or after a loss of power perhaps none. */
  change(...changes: NameChange[]): void {
    for (const { directory, name, node } of changes) {
      if (node === undefined) directory.names.delete(name);
      else directory.names.set(name, node);
    }
    this.#waiting.push(changes);
  }

  /** Makes all changes to names in `directory` durable. */
  makeDurable(directory: MemoryDirectory): void {
    this.#waiting = this.#waiting.filter((changes) => {
      if (!changes.some((change) => change.directory === directory)) return true;
      for (const change of changes) applyDurably(change);
      return false;
    });
  }

  /**
   * Undoes what a loss of power might undo: changes to one directory survive in
   * their order up to some moment; different directories have different moments.
   */
  crash(random: SeededRandom): void {
    const stopped = new Set<MemoryDirectory>();
    const survival = random.pick([0, 1, 0.9, 0.5]);
    for (const changes of this.#waiting) {
      const survives = random.chance(survival) && !changes.some(({ directory }) => stopped.has(directory));
      for (const change of changes) {
        if (survives) applyDurably(change);
        else stopped.add(change.directory);
      }
    }
    this.#waiting = [];
    restore(this.root);
  }

  /** Every file below `directory`, each once. */
  *files(directory: MemoryDirectory = this.root): Generator<MemoryFile> {
    for (const node of directory.names.values()) {
      if (node instanceof MemoryFile) yield node;
      else yield* this.files(node);
    }
  }
}

function namesOf(path: string): string[] {
  const names: string[] = [];
  for (const name of path.split('/')) {
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  return names;
}

function applyDurably({ directory, name, node }: NameChange): void {
  if (node === undefined) directory.durableNames.delete(name);
  else directory.durableNames.set(name, node);
}

function restore(directory: MemoryDirectory): void {
  directory.names = new Map(directory.durableNames);
  for (const node of directory.names.values()) {
    if (node instanceof MemoryDirectory) restore(node);
  }
}
