// Steps that many tests take: making topics, sending numbered messages, reading a topic back queue by queue.
import { expect } from 'vitest';
import { patternBody, sha256 } from './body.js';
import type { Context } from './client-suite.js';
import {
  eventually,
  type JudgeClient,
  JudgeError,
  type MessageSpec,
  type PullResult,
  type Queue,
  type Received,
  type Sent,
} from './judge.js';

const READ = 4;
const WRITE = 2;
const READ_BATCH = 32;

/** Permissions as the broker keeps them. */
export const PERM = { read: READ, write: WRITE, both: READ | WRITE } as const;

/** What a topic is made with. */
interface TopicOptions {
  readonly queues?: number;
  readonly perm?: number;
  readonly order?: boolean;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** Creates a topic through the admin client, and gives its name. */
export async function createTopic(context: Context, stem: string, options: TopicOptions = {}): Promise<string> {
  return createTopicNamed(context, context.name(stem), options);
}

/** As `createTopic`, with the whole name. */
export async function createTopicNamed(
  context: Context,
  topicName: string,
  options: TopicOptions = {},
): Promise<string> {
  const { admin, servers } = context;
  await admin.call('createAndUpdateTopicConfig', servers.broker, {
    topicName,
    readQueueNums: options.queues ?? 4,
    writeQueueNums: options.queues ?? 4,
    perm: options.perm ?? PERM.both,
    order: options.order ?? false,
    ...(options.attributes ? { attributes: options.attributes } : {}),
  });
  // The Java broker tells the name server on another thread.
  await eventually(
    () => admin.call<unknown>('examineTopicRouteInfo', topicName).catch(unlessThrown),
    (route) => route !== undefined,
  );
  return topicName;
}

/** Deletes a topic from the broker and from the name server. */
export async function deleteTopic({ admin, judge, servers }: Context, topic: string): Promise<void> {
  await admin.call('deleteTopicInBroker', [servers.broker], topic);
  // The 4.x admin client has these two the other way round.
  const names = judge.version.startsWith('4.') ? [topic, servers.clusterName] : [servers.clusterName, topic];
  await admin.call('deleteTopicInNameServer', [servers.namesrv], ...names);
}

/** Makes undefined of what a Java client threw, for questions that are asked again. */
export function unlessThrown(failure: unknown): undefined {
  if (failure instanceof JudgeError) return undefined;
  throw failure;
}

/** `count` messages with distinct bodies and keys; `more` adds what a test wants of each. */
export function numbered(
  topic: string,
  count: number,
  more: (index: number) => Partial<MessageSpec> = () => ({}),
): MessageSpec[] {
  return Array.from({ length: count }, (_, index) => ({
    topic,
    body: `message ${index} of ${topic}`,
    keys: `key-${index}`,
    ...more(index),
  }));
}

/** The results, each of which must be a stored message. */
export function allStored(results: readonly Sent[]): readonly Sent[] {
  for (const result of results) expect(result).toMatchObject({ status: 'SEND_OK' });
  return results;
}

export function queue(context: Context, topic: string, queueId: number): Queue {
  return { topic, brokerName: context.servers.brokerName, queueId };
}

/** Reads a topic from its first message to its last through a pull consumer, queue by queue in order. */
export async function readAll(context: Context, topic: string, expression = '*'): Promise<Received[]> {
  const queues = await context.reader.call<Queue[]>('fetchSubscribeMessageQueues', topic);
  const all: Received[] = [];
  for (const each of queues.sort((a, b) => a.queueId - b.queueId)) {
    all.push(...(await readQueue(context.reader, each, expression)));
  }
  return all;
}

/** Reads one queue from its first message to its last through a pull consumer. */
export async function readQueue(consumer: JudgeClient, from: Queue, expression: string): Promise<Received[]> {
  const end = await consumer.call<number>('maxOffset', from);
  const messages: Received[] = [];
  let offset = await consumer.call<number>('minOffset', from);
  while (offset < end) {
    const result = await consumer.call<PullResult>('pull', from, expression, offset, READ_BATCH);
    expect(result.nextBeginOffset).toBeGreaterThan(offset);
    messages.push(...(result.msgFoundList ?? []));
    offset = result.nextBeginOffset;
  }
  return messages;
}

/** Every sent message must be there once, where the send result said, with everything that was put into it. */
export function expectSame(
  sent: readonly MessageSpec[],
  results: readonly Sent[],
  received: readonly Received[],
): void {
  expect(received).toHaveLength(sent.length);
  const byId = new Map(received.map((message) => [message.msgId, message]));
  expect(byId.size).toBe(sent.length);
  sent.forEach((spec, index) => {
    const result = results[index];
    const message = byId.get(result?.msgId ?? '');
    expect(message, `message ${index}`).toMatchObject({
      topic: spec.topic,
      queueId: result?.queueId,
      queueOffset: result?.queueOffset,
      brokerName: result?.brokerName,
    });
    if (message) expectContent(spec, message);
  });
}

/** The message must carry exactly what was put into it. */
export function expectContent(spec: MessageSpec, message: Received): void {
  const body = spec.pattern ? patternBody(spec.pattern) : Buffer.from(spec.body ?? '');
  expect({ length: message.bodyLength, sha256: message.bodySha256 }).toEqual({
    length: body.length,
    sha256: sha256(body),
  });
  expect(message.tags ?? undefined).toBe(spec.tags);
  expect(message.keys ?? undefined).toBe(spec.keys);
  expect(message.flag).toBe(spec.flag ?? 0);
  expect(message.properties).toMatchObject(spec.properties ?? {});
}

/** Bodies in the order in which each queue's messages were delivered. */
export function bodiesByQueue(received: readonly Received[]): Map<string, string[]> {
  const queues = new Map<string, string[]>();
  for (const message of received) {
    const key = `${message.brokerName}/${message.queueId}`;
    queues.set(key, [...(queues.get(key) ?? []), message.body ?? '']);
  }
  return queues;
}

export function sortedBodies(messages: readonly { body?: string }[]): string[] {
  return messages.map((message) => message.body ?? '').sort();
}
