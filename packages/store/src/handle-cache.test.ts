import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeFiles, readDescriptorSync } from '@rocketmq-ts/common';
import { MemoryFiles } from '@rocketmq-ts/testkit';
import { afterAll, describe, expect, test } from 'vitest';
import { HandleCache } from './handle-cache.js';

const directory = mkdtempSync(join(tmpdir(), 'handles-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('a lent file', () => {
  test('stays open until what was begun with it has ended, whatever becomes of it in the cache', async () => {
    const [path, other] = [join(directory, 'a'), join(directory, 'b')];
    writeFileSync(path, 'what is in it');
    writeFileSync(other, 'something else');
    const handles = new HandleCache(new NodeFiles(), 1);
    let end = (): void => {};
    let descriptor = -1;
    const lent = handles.lend(path, (lentDescriptor) => {
      descriptor = lentDescriptor;
      return new Promise<string>((resolve) => {
        end = () => resolve('ended');
      });
    });
    handles.get(other);
    expect(handles.size).toBe(1);
    const bytes = Buffer.alloc(20);
    expect(readDescriptorSync(descriptor, bytes, 0, 20, 5)).toBe(8);
    expect(bytes.toString('latin1', 0, 8)).toBe('is in it');
    end();
    expect(await lent).toBe('ended');
    expect(() => readDescriptorSync(descriptor, bytes, 0, 20, 5)).toThrow('EBADF');
    handles.closeAll();
  });

  test('is given back at once when nothing is begun, and a file without a descriptor is not lent', () => {
    const path = join(directory, 'c');
    writeFileSync(path, 'c');
    const handles = new HandleCache(new NodeFiles(), 1);
    let descriptor = -1;
    const lent = handles.lend(path, (lentDescriptor) => {
      descriptor = lentDescriptor;
      return undefined;
    });
    expect(lent).toBeUndefined();
    handles.drop(path);
    expect(() => readDescriptorSync(descriptor, Buffer.alloc(1), 0, 1, 0)).toThrow('EBADF');

    const memory = new MemoryFiles();
    memory.openSync('/d', 'create').closeSync();
    expect(new HandleCache(memory, 1).lend('/d', () => Promise.resolve('used'))).toBeUndefined();
  });
});
