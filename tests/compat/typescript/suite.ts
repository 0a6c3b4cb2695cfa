// The TypeScript client against a cluster of each kind, with the Java client beside it as reader, writer and fellow
// member. Tests of a cluster run at the same time: each has topics and groups of its own.
import {
  Admin,
  type OutgoingMessage,
  Producer,
  type ProducerOwnOptions,
  PushConsumer,
  type PushConsumerOwnOptions,
  type ReceivedMessage,
  type SendResult,
} from '@rocketmq-ts/client';
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { patternBody, sha256 } from '../support/body.js';
import type { Context } from '../support/client-suite.js';
import { openContext } from '../support/client-suite.js';
import { CLIENT_5, missing } from '../support/java.js';
import type { MessageSpec, Received, Sent } from '../support/judge.js';
import { type Config, type Kind, type Servers, scratch, startServers } from '../support/servers.js';
import { Deliveries } from './deliveries.js';

/** What the tests of a cluster share, Java's clients included. */
export interface TsContext extends Context {
  readonly kind: Kind;
  /** Our everyday clients. */
  readonly ours: { readonly producer: Producer; readonly admin: Admin };
  /** A directory for what clients write. */
  readonly directory: string;
}

/** A group of tests over a context that exists once they run. */
export type TsTests = (context: () => TsContext) => void;

/** What every broker under test is told: filters by property, and checks of transactions without long waits. */
const CONFIG: Config = {
  // As allocation by machine rooms wants it.
  brokerName: 'room1@broker-a',
  enablePropertyFilter: 'true',
  recallMessageEnable: 'true',
  transactionTimeOut: 2000,
  transactionCheckInterval: 1000,
  // Ends are known to the check soon, not after three seconds.
  transactionOpBatchInterval: 200,
};

/** Locks of members that were killed live long enough to be renewed every 20 s, and no longer. */
const PROPERTIES: Config = { 'rocketmq.broker.rebalance.lockMaxLiveTime': 25_000 };

/** Runs the groups of tests against one cluster. */
export function typescriptSuite(title: string, kind: Kind, groups: readonly TsTests[]): void {
  const why = missing ? ` (skipped: ${missing} is not installed)` : '';
  describe.skipIf(missing !== undefined)(`the TypeScript client with ${title}${why}`, () => {
    const directory = scratch('typescript');
    let servers: Servers | undefined;
    let context: TsContext | undefined;
    beforeAll(async () => {
      servers = await startServers(kind, { directory: directory.path, config: CONFIG, properties: PROPERTIES });
      context = await open(kind, servers, directory.path);
    });
    afterEach(({ task }) => {
      if (task.result?.state !== 'fail') return;
      for (const child of servers?.children ?? []) console.error(`pid ${child.pid}: ${child.output()}`);
    });
    afterAll(async () => {
      await context?.ours.producer.close();
      await context?.ours.admin.close();
      await context?.judge.stop();
      await Promise.all((servers?.children ?? []).map((child) => child.kill()));
      directory.remove();
    });
    describe.concurrent('', () => {
      for (const group of groups) {
        group(() => {
          if (!context) throw new Error('the clients did not start');
          return context;
        });
      }
    });
  });
}

async function open(kind: Kind, servers: Servers, directory: string): Promise<TsContext> {
  const context = await openContext({ version: CLIENT_5 }, servers);
  const { namesrv: nameServers } = servers;
  const producer = new Producer({ nameServers, group: 'ts-producer', sendTimeoutMs: 15_000 });
  return { ...context, kind, directory, ours: { producer, admin: new Admin({ nameServers }) } };
}

/** A producer of ours for one test. */
export function producer<T = string | Uint8Array>(
  { namesrv, name }: TsContext,
  options: ProducerOwnOptions<T> = {},
): Producer<T> {
  return new Producer<T>({ nameServers: namesrv, group: name('producer'), sendTimeoutMs: 15_000, ...options });
}

/** A push consumer of ours that keeps what it is given; `handle` may fail deliveries. */
export async function consume(
  { namesrv, name }: TsContext,
  group: string,
  options: Omit<PushConsumerOwnOptions<Buffer>, 'group'> & {
    readonly clientIp?: string;
    readonly instanceName?: string;
  },
): Promise<Consumer> {
  const deliveries = new Deliveries();
  const { onMessage, ...others } = options;
  const consumer = new PushConsumer({
    nameServers: namesrv,
    group: name(group),
    consumeFrom: 'first',
    heartbeatIntervalMs: 1000,
    ...others,
    onMessage: (message, context) => {
      deliveries.add(message);
      return onMessage?.(message, context);
    },
  });
  await consumer.start();
  return Object.assign(consumer, { deliveries });
}

/** A push consumer with what it was given. */
export type Consumer = PushConsumer & { readonly deliveries: Deliveries };

/** What our producer is given for the specification of a message. */
export function outgoing(spec: MessageSpec): OutgoingMessage {
  const { topic, pattern, body = '', tags, keys, flag, delayLevel, properties } = spec;
  return {
    topic,
    body: pattern ? patternBody(pattern) : body,
    ...(tags === undefined ? {} : { tag: tags }),
    ...(keys === undefined ? {} : { keys }),
    ...(flag === undefined ? {} : { flag }),
    ...(delayLevel === undefined ? {} : { delayLevel }),
    ...(properties === undefined ? {} : { properties }),
  };
}

/** Our result in the form of Java's. */
export function sentOf(result: SendResult): Sent {
  const { status, messageId, offsetMessageId, queue, queueOffset } = result;
  return { status, msgId: messageId, offsetMsgId: offsetMessageId, queueOffset, ...queue };
}

/** Our message in the form of Java's, as far as the suites compare it. */
export function receivedOf(message: ReceivedMessage): Received {
  const { topic, queue, queueOffset, messageId, tag, keys, flag, sysFlag, body, properties, reconsumeTimes } = message;
  return {
    topic,
    ...{ brokerName: queue.brokerName, queueId: queue.queueId, queueOffset, msgId: messageId },
    ...(tag === undefined ? {} : { tags: tag }),
    ...(keys.length === 0 ? {} : { keys: keys.join(' ') }),
    ...{ flag, sysFlag, reconsumeTimes, bodyLength: body.length, bodySha256: sha256(body), body: body.toString() },
    ...{ storeSize: message.storeSizeBytes, bodyCrc: 0, commitLogOffset: message.commitLogOffset },
    ...{ bornTimestamp: message.bornTimestamp, storeTimestamp: message.storeTimestamp },
    ...{ bornHost: message.bornHost, storeHost: message.storeHost },
    properties: Object.fromEntries(properties),
  };
}

/** Waits until the condition holds; fails with what `show` tells when the time is over. */
export async function until(holds: () => boolean, show: () => unknown, timeoutMs = 30_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!holds()) {
    if (Date.now() > end)
      throw new Error(`still not so after ${timeoutMs} ms: ${JSON.stringify(show())?.slice(0, 2000)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
