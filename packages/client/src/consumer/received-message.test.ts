import { deflateSync } from 'node:zlib';
import { CompressionType, Compressors, compressionFlag, MessageRecord, MessageSysFlag } from '@rocketmq-ts/common';
import { expect, test } from 'vitest';
import { ReceivedMessage } from './received-message.js';

const MB = 1024 * 1024;

function received(inflatedBytes: number): ReceivedMessage {
  const record = Object.assign(new MessageRecord(), {
    body: deflateSync(Buffer.alloc(inflatedBytes, 'x')),
    sysFlag: MessageSysFlag.COMPRESSED | compressionFlag(CompressionType.ZLIB),
    propertiesText: '',
  });
  const source = {
    codec: { encode: (body: Buffer) => body, decode: (body: Buffer) => body },
    compressors: new Compressors(),
    topicOf: (topic: string) => topic,
  };
  return new ReceivedMessage(record, { topic: 'T', brokerName: 'b', queueId: 0 }, source, 0);
}

test.each([MB, 8 * MB])('a body that inflates to %i bytes is there as often as it is asked for', (bytes) => {
  const message = received(bytes);
  expect(message.sysFlag & MessageSysFlag.COMPRESSED).not.toBe(0);
  for (let i = 0; i < 3; i++) {
    expect(message.body).toHaveLength(bytes);
    expect(message.value.equals(message.body)).toBe(true);
    expect(message.sysFlag & MessageSysFlag.COMPRESSED).toBe(0);
  }
});

test('a body that inflates beyond the limit cannot be read, as often as it is asked for', () => {
  const message = received(65 * MB);
  for (let i = 0; i < 2; i++) expect(() => message.body).toThrow('more than 67108864 bytes come out');
});
