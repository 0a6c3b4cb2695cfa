import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ConfigManager } from './config-manager.js';
import { MalformedDataError } from './errors.js';
import { parseJson } from './json/java-json.js';
import { type Logger, silentLogger } from './logger.js';
import { NodeFiles } from './node/node-files.js';
import { fileSystemError } from './ports/file-system-error.js';
import type { Files } from './ports/files.js';

class Counter extends ConfigManager {
  value = 0;

  protected override encode(): string {
    return JSON.stringify({ value: this.value });
  }

  protected override decode(text: string): void {
    const { value } = parseJson(text) as { value?: unknown };
    if (typeof value !== 'number') {
      throw new MalformedDataError('no value');
    }
    this.value = value;
  }
}

let directory: string;
let path: string;
let lines: string[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'config-manager-'));
  path = join(directory, 'config', 'counter.json');
  lines = [];
});

afterEach(() => rmSync(directory, { recursive: true }));

function counter(files: Files = new NodeFiles()): Counter {
  const logger: Logger = {
    ...silentLogger,
    warn: (message) => lines.push(message),
    error: (message) => lines.push(message),
  };
  return new Counter(path, { files, logger });
}

function put(text: string | undefined, backup: string | undefined): void {
  new NodeFiles().mkdirSync(join(directory, 'config'));
  for (const [name, content] of [
    [path, text],
    [`${path}.bak`, backup],
  ] as const) {
    if (content !== undefined) {
      writeFileSync(name, content);
    }
  }
}

/** The file system of this machine, which refuses the call number `failAt` that changes something. */
function failingFiles(failAt: number): Files {
  let calls = 0;
  const guarded = <T extends object>(target: T): T =>
    new Proxy(target, {
      get: (object, name) => {
        const member: unknown = Reflect.get(object, name);
        if (typeof member !== 'function') {
          return member;
        }
        return (...args: unknown[]) => {
          const changes = /^(write|truncate|datasync|rename|sync|open)/.test(String(name));
          if (changes && ++calls === failAt) {
            throw fileSystemError('EIO', `refused ${String(name)}`);
          }
          const answer: unknown = member.apply(object, args);
          return name === 'openSync' ? guarded(answer as object) : answer;
        };
      },
    });
  return guarded<Files>(new NodeFiles());
}

describe('load', () => {
  test('starts without anything when there is no file yet', () => {
    expect(counter().load()).toBe('none');
    expect(lines).toEqual([]);
  });

  test('reads the file', () => {
    put('{"value":2}', '{"value":1}');
    const manager = counter();
    expect(manager.load()).toBe('file');
    expect(manager.value).toBe(2);
  });

  test.each(['', '{"val', '\0\0\0\0', '{"value":"x"}'])(
    'takes the backup for the damaged text %j and says so',
    (text) => {
      put(text, '{"value":1}');
      const manager = counter();
      expect(manager.load()).toBe('backup');
      expect(manager.value).toBe(1);
      expect(lines).toHaveLength(1);
      expect(lines[0]).toContain('its backup was loaded');
      expect(readFileSync(`${path}.damaged`, 'utf8')).toBe(text);
    },
  );

  test('takes the backup when a directory stands in the place of the file, and moves it away', async () => {
    put(undefined, '{"value":1}');
    new NodeFiles().mkdirSync(path);
    const manager = counter();
    expect(manager.load()).toBe('backup');
    expect(await manager.persist()).toBe(true);
    expect(readFileSync(path, 'utf8')).toBe('{"value":1}');
  });

  test('takes the backup when the file is missing', () => {
    put(undefined, '{"value":1}');
    expect(counter().load()).toBe('backup');
    expect(lines[0]).toContain('is missing, its backup was loaded');
  });

  test('starts without when the only text is damaged, and keeps it for a human', () => {
    put('{', undefined);
    expect(counter().load()).toBe('none');
    expect(lines[0]).toContain('starting without');
    expect(readdirSync(join(directory, 'config'))).toEqual(['counter.json.damaged']);
  });

  test('refuses to start when both texts are damaged, and leaves them', () => {
    put('{', '[');
    expect(() => counter().load()).toThrow(/neither .+ nor its backup/);
    expect(readdirSync(join(directory, 'config'))).toEqual(['counter.json', 'counter.json.bak']);
  });

  test('starts without a cache of which both texts are damaged, or the only one, and sets them aside', () => {
    put('{', '[');
    expect(counter().load({ isCache: true })).toBe('none');
    const damaged = ['counter.json.bak.damaged', 'counter.json.damaged'];
    expect(readdirSync(join(directory, 'config'))).toEqual(damaged);
    writeFileSync(`${path}.bak`, '[');
    expect(counter().load({ isCache: true })).toBe('none');
    expect(readdirSync(join(directory, 'config'))).toEqual(damaged);
  });
});

describe('persist', () => {
  test('writes the state, and a copy, so that a file that is cut later takes nothing with it', async () => {
    const manager = counter();
    for (manager.value = 1; manager.value <= 2; manager.value++) {
      expect(await manager.persist()).toBe(true);
    }
    expect(readFileSync(path, 'utf8')).toBe('{"value":2}');
    expect(readFileSync(`${path}.bak`, 'utf8')).toBe('{"value":2}');
    expect(readdirSync(join(directory, 'config'))).toEqual(['counter.json', 'counter.json.bak']);
  });

  test('shares one write among the calls that come while another is under way', async () => {
    const manager = counter();
    manager.value = 1;
    const first = manager.persist();
    manager.value = 2;
    const [second, third] = [manager.persist(), manager.persist()];
    expect(second).toBe(third);
    manager.value = 3;
    await Promise.all([first, second, third]);
    expect(readFileSync(path, 'utf8')).toBe('{"value":3}');
    expect(readFileSync(`${path}.bak`, 'utf8')).toBe('{"value":3}');
  });

  /** The calls that change something are the sync of the parent, open, truncate, write, datasync, rename, and the sync of the directory. */
  const afterRename = 7;

  test.each([1, 2, 3, 4, 5, 6, afterRename])('loses nothing when the file system refuses call %d', async (failAt) => {
    for (const write of ['persist', 'persistSync'] as const) {
      rmSync(join(directory, 'config'), { recursive: true, force: true });
      put('{"value":1}', '{"value":0}');
      lines = [];
      const manager = counter(failingFiles(failAt));
      manager.value = 2;
      expect(await manager[write]()).toBe(false);
      expect(lines).toEqual([expect.stringContaining('could not be written: EIO')]);
      const after = counter();
      after.load();
      expect(after.value).toBe(failAt === afterRename ? 2 : 1);
    }
  });

  /** The same for the copy; where the caller waits it is not made durable. */
  test.each([1, 2, 3, 4].map((call) => afterRename + call))(
    'has written the state when the file system refuses call %d, for the copy',
    async (failAt) => {
      for (const write of ['persist', 'persistSync'] as const) {
        rmSync(join(directory, 'config'), { recursive: true, force: true });
        put('{"value":1}', '{"value":0}');
        lines = [];
        const manager = counter(failingFiles(failAt));
        manager.value = 2;
        expect(await manager[write]()).toBe(true);
        expect(lines).toEqual([expect.stringContaining(".bak' could not be written: EIO")]);
        const after = counter();
        expect(after.load()).toBe('file');
        expect(after.value).toBe(2);
      }
    },
  );
});
