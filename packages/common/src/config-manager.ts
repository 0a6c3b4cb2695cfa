/**
 * Keeps one JSON file below `config/`, and a copy of it: loads it, writes it so
 * that a crash leaves the old or the new text whole, and falls back to the copy.
 * What stands in the file is the business of subclasses. Source: ConfigManager.
 */

import { dirname } from 'node:path';
import { makeDirectoryDurable } from './durable-directory.js';
import { MalformedDataError } from './errors.js';
import type { Logger } from './logger.js';
import { isFileSystemError } from './ports/file-system-error.js';
import type { FileHandle, Files } from './ports/files.js';

export interface ConfigManagerDependencies {
  readonly files: Files;
  readonly logger: Logger;
}

export interface LoadOptions {
  /** What the file holds can be found out anew: a start does not fail for it. Default: false. */
  readonly isCache?: boolean;
}

/** Where the state came from: the file, its backup, or nowhere (there is none yet, or none can be used). */
export type ConfigOrigin = 'file' | 'backup' | 'none';

type Attempt = 'loaded' | 'missing' | MalformedDataError;

/**
 * State that lives in memory and in `path`; beside it stand `path.bak` (a copy, so
 * that damage to the file takes nothing), for a moment `path.tmp`, and
 * `path.damaged` (what could not be read, for a human).
 */
export abstract class ConfigManager {
  readonly #path: string;
  readonly #files: Files;
  readonly #logger: Logger;
  #writing: Promise<boolean> | undefined;
  /** The directory was made, or found, durable. */
  #hasDirectory = false;
  #next: Promise<boolean> | undefined;

  constructor(path: string, { files, logger }: ConfigManagerDependencies) {
    this.#path = path;
    this.#files = files;
    this.#logger = logger;
  }

  /** The state as JSON, as the reference writes it: `writeJson(…, { pretty: true })`. */
  protected abstract encode(): string;

  /** The same in bytes, in pieces that hold until the next call. For tables of which most is there already. */
  protected encodePieces(): readonly Uint8Array[] {
    return [Buffer.from(this.encode(), 'utf8')];
  }

  /**
   * Takes over the state of the text. Must check before it changes anything.
   * @throws MalformedDataError when the text is not what `encode` writes
   */
  protected abstract decode(text: string): void;

  /** The file that is kept. */
  configFilePath(): string {
    return this.#path;
  }

  /**
   * Reads the file, or its backup when the file is missing, cut or unparsable; a
   * file that can not be used is set aside as `*.damaged`, and the log says so.
   * @throws MalformedDataError when file and backup are both damaged; they stay where they are. A cache is set aside instead.
   */
  load({ isCache = false }: LoadOptions = {}): ConfigOrigin {
    const file = this.#tryLoad(this.#path);
    if (file === 'loaded') {
      return 'file';
    }
    const backup = this.#tryLoad(this.#backupPath);
    if (backup instanceof MalformedDataError && isCache) {
      this.#setCacheAside(file, backup);
      return 'none';
    }
    if (backup instanceof MalformedDataError) {
      throw new MalformedDataError(
        `neither '${this.#path}' (${file === 'missing' ? 'missing' : file.message}) nor its backup (${backup.message}) can be read; repair one, or move both away to start without`,
        { cause: backup },
      );
    }
    if (file instanceof MalformedDataError) {
      this.#setAside(file, backup);
    } else if (backup === 'loaded') {
      this.#logger.warn(`'${this.#path}' is missing, its backup was loaded`);
    }
    return backup === 'loaded' ? 'backup' : 'none';
  }

  /**
   * Writes the state of this moment. Calls made while a write is under way share
   * one write after it, with the state of its start.
   * @returns false when the file system refused, which is logged; the file then holds an older state
   */
  persist(): Promise<boolean> {
    if (this.#writing === undefined) {
      this.#writing = this.#write().finally(() => {
        this.#writing = undefined;
      });
      return this.#writing;
    }
    this.#next ??= this.#writing.then(() => {
      this.#next = undefined;
      return this.persist();
    });
    return this.#next;
  }

  /** As `persist`, done when it returns: for shutting down, after pending calls of `persist` are over. */
  persistSync(): boolean {
    const pieces = this.encodePieces();
    const isWritten = this.#reporting(this.#path, () => {
      const handle = this.#writeTemporary(pieces);
      try {
        handle.datasyncSync();
      } finally {
        handle.closeSync();
      }
      this.#install(this.#path);
      this.#files.syncDirectorySync(dirname(this.#path));
    });
    // The caller waits: the copy may reach the disk in its time, the file is there.
    const copy = () => {
      this.#writeTemporary(pieces).closeSync();
      this.#install(this.#backupPath);
    };
    if (isWritten) this.#reporting(this.#backupPath, copy);
    return isWritten;
  }

  get #backupPath(): string {
    return `${this.#path}.bak`;
  }

  get #temporaryPath(): string {
    return `${this.#path}.tmp`;
  }

  #tryLoad(path: string): Attempt {
    const stat = this.#files.statSync(path);
    if (stat === undefined) {
      return 'missing';
    }
    if (stat.isDirectory) {
      return new MalformedDataError('a directory stands in its place');
    }
    const text = this.#files.readFileSync(path).toString('utf8');
    try {
      if (text === '') {
        throw new MalformedDataError('the file is empty');
      }
      this.decode(text);
      return 'loaded';
    } catch (error) {
      if (error instanceof MalformedDataError) {
        return error;
      }
      throw error;
    }
  }

  #setCacheAside(file: 'missing' | MalformedDataError, backup: MalformedDataError): void {
    for (const path of [this.#path, this.#backupPath]) {
      if (path === this.#path && file === 'missing') continue;
      this.#files.renameSync(path, `${path}.damaged`);
    }
    this.#files.syncDirectorySync(dirname(this.#path));
    const reason = file === 'missing' ? 'missing' : file.message;
    this.#logger.warn(
      `neither '${this.#path}' (${reason}) nor its backup (${backup.message}) could be read; what is damaged was set aside as '*.damaged', and what it held is found out anew`,
    );
  }

  #setAside(error: MalformedDataError, backup: 'loaded' | 'missing'): void {
    this.#files.renameSync(this.#path, `${this.#path}.damaged`);
    this.#files.syncDirectorySync(dirname(this.#path));
    const consequence = backup === 'loaded' ? 'its backup was loaded' : 'there is no backup: starting without';
    this.#logger.error(
      `'${this.#path}' is damaged (${error.message}) and was set aside as '${this.#path}.damaged'; ${consequence}`,
    );
  }

  /** The copy follows when the file is durable: one of them is whole at any time. */
  async #write(): Promise<boolean> {
    // The pieces may change while the first file is made durable.
    const text = [Buffer.concat(this.encodePieces())];
    if (!(await this.#replace(this.#path, text))) return false;
    await this.#replace(this.#backupPath, text);
    return true;
  }

  async #replace(path: string, pieces: readonly Uint8Array[]): Promise<boolean> {
    let handle: FileHandle | undefined;
    if (!this.#reporting(path, () => (handle = this.#writeTemporary(pieces))) || handle === undefined) {
      return false;
    }
    try {
      await handle.datasync();
    } catch (error) {
      return this.#report(path, error);
    } finally {
      handle.closeSync();
    }
    return this.#reporting(path, () => {
      this.#install(path);
      this.#files.syncDirectorySync(dirname(path));
    });
  }

  #writeTemporary(pieces: readonly Uint8Array[]): FileHandle {
    if (!this.#hasDirectory) makeDirectoryDurable(this.#files, dirname(this.#path));
    this.#hasDirectory = true;
    const handle = this.#files.openSync(this.#temporaryPath, 'create');
    try {
      handle.truncateSync(0);
      let position = 0;
      for (const piece of pieces) {
        handle.writeSync(piece, 0, piece.length, position);
        position += piece.length;
      }
    } catch (error) {
      handle.closeSync();
      throw error;
    }
    return handle;
  }

  #install(path: string): void {
    this.#files.renameSync(this.#temporaryPath, path);
  }

  #reporting(path: string, action: () => unknown): boolean {
    try {
      action();
      return true;
    } catch (error) {
      return this.#report(path, error);
    }
  }

  #report(path: string, error: unknown): false {
    if (!isFileSystemError(error)) {
      throw error;
    }
    this.#logger.error(`'${path}' could not be written: ${error.message}`);
    return false;
  }
}
