import { encodeBatchBody } from '@rocketmq-ts/common';
import { expect, test } from 'vitest';
import { ClientBatch } from './client-batch.js';

function batchOf(count: number): Buffer {
  const item = { flag: 0, body: Buffer.alloc(1), propertiesText: '' };
  return encodeBatchBody(Array.from({ length: count }, () => item));
}

test('a batch has at most as many messages as the reference can count', () => {
  const batch = new ClientBatch();
  expect(batch.open(batchOf(32_767)) && batch.count).toBe(32_767);
  expect(batch.open(batchOf(32_768))).toBe(false);
});
