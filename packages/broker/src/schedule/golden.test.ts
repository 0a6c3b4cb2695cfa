// The reference's store with delayed messages that wait: what it left undone is done here, and done as it does it.
import { readFileSync } from 'node:fs';
import { decodeMessages, type MessageExt } from '@rocketmq-ts/common';
import {
  DelayOffsetSerializeWrapper,
  GET_ALL_DELAY_OFFSET,
  PULL_MESSAGE,
  type RemotingClient,
} from '@rocketmq-ts/remoting';
import { MemoryFiles, VirtualClock } from '@rocketmq-ts/testkit';
import { expect, test } from 'vitest';
import { TEST_ROOT, TestBroker } from '../test-broker.js';

interface StoredFile {
  readonly size: number;
  /** Base64, without the zeros at the end. */
  readonly content: string;
}

const timeoutMs = 3000;
/** When the broker that left the store was stopped, about. */
const STOPPED_MS = 1_795_248_160_000;
/** When the two messages of level 18 are due: two hours after they were stored. */
const DUE_MS = [1_795_255_310_288, 1_795_255_310_303];

function goldenFiles(): MemoryFiles {
  const stored: Record<string, StoredFile> = JSON.parse(
    readFileSync(new URL('testdata/golden-c.json', import.meta.url), 'utf8'),
  );
  const files = new MemoryFiles();
  for (const [name, { size, content }] of Object.entries(stored)) {
    const path = `${TEST_ROOT}/${name}`;
    files.mkdirSync(path.slice(0, path.lastIndexOf('/')));
    const handle = files.openSync(path, 'create');
    const bytes = Buffer.from(content, 'base64');
    handle.writeSync(bytes, 0, bytes.length, 0);
    handle.truncateSync(size);
    handle.closeSync();
  }
  return files;
}

async function pull(test: TestBroker, client: RemotingClient, queueId: number, queueOffset = 0): Promise<MessageExt[]> {
  const header = {
    consumerGroup: 'TOOLS_CONSUMER',
    topic: 'CDelay',
    queueId,
    queueOffset,
    maxMsgNums: 32,
    sysFlag: 4,
    commitOffset: 0,
    suspendTimeoutMillis: 0,
    subscription: '*',
    subVersion: 0,
    expressionType: 'TAG',
  };
  const answer = await client.invoke(test.address, PULL_MESSAGE, header, { timeoutMs });
  return decodeMessages(Buffer.from(answer.body ?? [])).messages;
}

test("the reference's messages that wait are delivered when they are due, as it delivers them", async () => {
  await using broker = await TestBroker.start(
    {
      broker: { listenPort: 10911 },
      store: {
        mappedFileSizeCommitLog: 262_144,
        mappedFileSizeConsumeQueue: 2000,
        maxMessageSize: 65_536,
        timerWheelEnable: false,
      },
    },
    { files: goldenFiles(), clock: new VirtualClock({ startMs: STOPPED_MS }) },
  );
  const client = broker.client();
  const { body } = await client.invoke(broker.address, GET_ALL_DELAY_OFFSET, undefined, { timeoutMs });
  expect(Buffer.from(body ?? []).toString()).toBe(
    '{"dataVersion":{"counter":3,"stateVersion":0,"timestamp":1795248159649},"offsetTable":{1:2,2:2,3:3,18:0}}',
  );
  for (const [queueId, dueMs] of DUE_MS.entries()) {
    const before = await pull(broker, client, queueId);
    await broker.clock.advance(dueMs - 1 - broker.clock.now());
    expect(await pull(broker, client, queueId, before.length)).toEqual([]);
    await broker.clock.advance(1);
    const after = await pull(broker, client, queueId, before.length);
    expect(after).toHaveLength(1);
    checkAlike(before[0]!, after[0]!, queueId);
  }
  const offsets = await client.invoke(broker.address, GET_ALL_DELAY_OFFSET, undefined, { timeoutMs });
  expect(DelayOffsetSerializeWrapper.decode(offsets.body!).offsetTable.get(18)).toBe(2);
  client.close();
}, 60_000);

/** Compares a message that the reference has delivered with one that was delivered here. */
function checkAlike(theirs: MessageExt, ours: MessageExt, queueId: number): void {
  expect(ours).toMatchObject({ topic: 'CDelay', queueId, queueOffset: theirs.queueOffset + ours.queueOffset });
  expect(ours.reconsumeTimes).toBe(theirs.reconsumeTimes);
  expect(ours.sysFlag).toBe(theirs.sysFlag);
  expect([...ours.properties.keys()]).toEqual([...theirs.properties.keys()]);
  expect(ours.properties.get('DELAY')).toBe('18');
  expect(ours.properties.get('KEYS')).toBe(`d18-${queueId}`);
  expect(ours.body).toHaveLength(14);
}
