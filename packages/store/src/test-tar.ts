/** Unpacks the golden stores: plain `tar.gz` archives of directories and files. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Files } from '@rocketmq-ts/common';

const BLOCK_BYTES = 512;

/** Unpacks below `target`, without the archive's first directory. */
export function unpack(archive: URL, files: Files, target: string): void {
  const bytes = gunzipSync(readFileSync(archive));
  for (let at = 0; at + BLOCK_BYTES <= bytes.length; ) {
    const name = text(bytes, at, 100);
    if (name === '') return;
    const sizeBytes = Number.parseInt(text(bytes, at + 124, 12), 8);
    const path = `${target}/${name.split('/').slice(1).join('/')}`;
    if (text(bytes, at + 156, 1) === '5') files.mkdirSync(path);
    else writeFile(files, path, bytes.subarray(at + BLOCK_BYTES, at + BLOCK_BYTES + sizeBytes));
    at += BLOCK_BYTES + Math.ceil(sizeBytes / BLOCK_BYTES) * BLOCK_BYTES;
  }
}

function writeFile(files: Files, path: string, content: Uint8Array): void {
  files.mkdirSync(path.slice(0, path.lastIndexOf('/')));
  const handle = files.openSync(path, 'create');
  handle.writeSync(content, 0, content.length, 0);
  handle.closeSync();
}

function text(bytes: Buffer, at: number, length: number): string {
  const field = bytes.subarray(at, at + length);
  const end = field.indexOf(0);
  return field.toString('latin1', 0, end < 0 ? length : end).trim();
}
