import { AsciiText, decodeProperties, MessageConst, tagsCode } from '@rocketmq-ts/common';
import { SEND_MESSAGE, SEND_MESSAGE_V2, SerializeType } from '@rocketmq-ts/remoting';
import { indexKeyIn, NO_KEY, type PutMessage } from '@rocketmq-ts/store';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TestClientBench, timeoutMs } from '../test-client-bench.js';
import { AsciiMessages } from './ascii-messages.js';
import { SCANNED_PROPERTIES } from './scanned-properties.js';

const ADDED = 'CLUSTER\u0001c\u0002';
const USUAL: readonly string[] = [
  MessageConst.PROPERTY_UNIQ_CLIENT_MESSAGE_ID_KEYIDX,
  MessageConst.PROPERTY_KEYS,
  MessageConst.PROPERTY_TAGS,
  MessageConst.PROPERTY_WAIT_STORE_MSG_OK,
];

const property = fc.tuple(
  fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...USUAL, 'mine') },
    { weight: 1, arbitrary: fc.constantFrom(...SCANNED_PROPERTIES, '') },
  ),
  fc.constantFrom('\u0001', '\u0001', '\u0001', '\u0001', '', '\u0001\u0001'),
  fc.constantFrom('', 'true', 'false', 'FALSE', 'TagA', 'a b', '7F00000100002A9F0000', 'x'),
);
/** Texts of properties, some of them crooked. */
const texts = fc
  .tuple(fc.array(property, { maxLength: 6 }), fc.boolean())
  .map(([all, closed]) => all.map((parts) => parts.join('')).join('\u0002') + (closed ? '\u0002' : ''));

function emptyMessage(): PutMessage {
  return {
    topic: 'T',
    queueId: 0,
    flag: 0,
    sysFlag: 0,
    bornTimestamp: 0,
    bornHost: new Uint8Array(8),
    reconsumeTimes: 0,
    preparedTransactionOffset: 0,
    body: new Uint8Array(0),
    properties: '',
    tagsCode: 0,
    waitStoreMsgOk: true,
  };
}

function keyOf(text: string | undefined): number {
  return text === undefined ? NO_KEY : indexKeyIn(Buffer.from(text), 0, text.length);
}

describe('AsciiMessages', () => {
  test('says of properties what they say as text, or nothing', () => {
    const messages = new AsciiMessages(ADDED);
    let taken = 0;
    fc.assert(
      fc.property(texts, (text) => {
        const message = emptyMessage();
        const uniqKey = messages.read(AsciiText.of(text), message);
        const map = decodeProperties(text);
        if (uniqKey === undefined) {
          expect(message).toEqual(emptyMessage());
          return;
        }
        taken++;
        expect(SCANNED_PROPERTIES.filter((name) => map.has(name) && !USUAL.includes(name))).toEqual([]);
        const { own, added, ...keys } = message.ascii!;
        const separator = text.endsWith('\u0002') ? '' : '\u0002';
        expect(`${own}${added}`).toBe(text + separator + ADDED);
        const tags = map.get(MessageConst.PROPERTY_TAGS);
        const uniqText = map.get(MessageConst.PROPERTY_UNIQ_CLIENT_MESSAGE_ID_KEYIDX);
        expect(keys).toEqual({ uniqKey: keyOf(uniqText), tags: keyOf(tags) });
        expect(String(uniqKey)).toBe(uniqText);
        expect(message.tagsCode).toBe(tagsCode(tags));
        expect(message.keys).toBe(map.get(MessageConst.PROPERTY_KEYS));
        const wait = map.get(MessageConst.PROPERTY_WAIT_STORE_MSG_OK);
        expect(message.waitStoreMsgOk).toBe(wait?.toLowerCase() !== 'false');
      }),
      { numRuns: 3000 },
    );
    expect(taken).toBeGreaterThan(300);
  });

  test('leaves all to the text when what the broker adds is not ASCII', () => {
    const messages = new AsciiMessages('CLUSTER\u0001名\u0002');
    expect(messages.read(AsciiText.of('UNIQ_KEY\u0001k\u0002'), emptyMessage())).toBeUndefined();
  });
});

class Bench extends TestClientBench {
  static async start(): Promise<Bench> {
    return new Bench(await Bench.startBroker({}));
  }

  /** In binary, headers are read as text. */
  readonly general = this.broker.client({ serializeType: SerializeType.ROCKETMQ });

  override async [Symbol.asyncDispose](): Promise<void> {
    this.general.close();
    await super[Symbol.asyncDispose]();
  }
}

test('a message is stored and answered the same, whichever way its header was written', async () => {
  await using bench = await Bench.start();
  const { client, general, broker } = bench;
  const ways = [
    { client: general, command: SEND_MESSAGE_V2 },
    { client, command: SEND_MESSAGE_V2 },
    { client, command: SEND_MESSAGE },
  ];
  for (const text of fc.sample(texts, { numRuns: 10, seed: 7 }).concat('UNIQ_KEY\u0001k\u0002TAGS\u0001t')) {
    const properties = `UNIQ_KEY\u0001${'k'.repeat(32)}\u0002${text}`;
    const answers = [];
    for (const way of ways) {
      const header = bench.header({ properties });
      const answer = await way.client.invoke(broker.address, way.command, header, {
        timeoutMs,
        body: Buffer.from('hello'),
      });
      answers.push([answer.code, answer.remark, answer.ext.transactionId]);
    }
    expect(answers).toEqual([answers[0], answers[0], answers[0]]);
  }
  const stored = (await bench.pull()).map(({ properties, body }) => JSON.stringify([[...properties], String(body)]));
  expect(stored.length).toBeGreaterThan(20);
  for (let i = 0; i < stored.length; i++) expect(stored[i]).toBe(stored[i - (i % ways.length)]);
});
