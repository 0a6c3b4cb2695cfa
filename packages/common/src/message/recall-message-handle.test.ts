import { describe, expect, test } from 'vitest';
import { decodeRecallMessageHandle, encodeRecallMessageHandle } from './recall-message-handle.js';

const handle = { topic: 'T', brokerName: 'broker-a', timestamp: '1795249910001', messageId: '7F00000100' };

describe('a recall handle', () => {
  test('is the text of the reference in base64 for URLs', () => {
    const text = encodeRecallMessageHandle(handle);
    expect(text).toBe(Buffer.from('v1 T broker-a 1795249910001 7F00000100').toString('base64'));
    expect(encodeRecallMessageHandle({ ...handle, topic: '??>>ÿÿ' })).toMatch(/^[A-Za-z0-9_=-]+$/);
  });

  test('says again what it was made of', () => {
    for (const topic of ['T', 'TopicTest', '??>>ÿÿ']) {
      expect(decodeRecallMessageHandle(encodeRecallMessageHandle({ ...handle, topic }))).toEqual({ ...handle, topic });
    }
  });

  test.each([
    ['nothing', ''],
    ['no base64', 'v1 T b 1 2'],
    ['another version', Buffer.from('v2 T b 1 2').toString('base64url')],
    ['too few parts', Buffer.from('v1 T b 1').toString('base64url')],
    ['a text without end', 'A'.repeat(5000)],
  ])('that is %s is refused', (_, text) => {
    expect(decodeRecallMessageHandle(text)).toBeUndefined();
  });
});
