// Groups with members of both kinds: they share the queues, keep the order, and take over from each other.
import { join } from 'node:path';
import { nodePorts, PushConsumer } from '@rocketmq-ts/client';
import { silentLogger } from '@rocketmq-ts/common';
import { describe, test } from 'vitest';
import { Child } from '../support/child.js';
import { CLIENT_5 } from '../support/java.js';
import { type PushConsumer as JavaConsumer, Judge, type Queue } from '../support/judge.js';
import { allStored, createTopic, numbered } from '../support/steps.js';
import { type Consumer, consume, type TsContext, type TsTests, until } from './suite.js';

export const QUEUES = 7;
const NETWORK = 'org.apache.rocketmq.common.utils.NetworkUtil';
const MEMBER = new URL('./member.mjs', import.meta.url).pathname;

export const idsOf = (queues: readonly { topic: string; queueId: number }[], topic: string) =>
  queues.filter((queue) => queue.topic === topic).map(({ queueId }) => queueId);
export const ascending = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b);
const all = Array.from({ length: QUEUES }, (_, id) => id);

/** Waits until every queue has exactly one owner, and so many members have some. */
async function shares(
  topic: string,
  java: readonly JavaConsumer[],
  ours: readonly Consumer[],
  busy = java.length + ours.length,
): Promise<void> {
  let steady = 0;
  const end = Date.now() + 40_000;
  for (;;) {
    const theirs = await Promise.all(java.map((consumer) => consumer.queues()));
    const now = [...theirs, ...ours.map(({ assignment }) => assignment)].map((queues: readonly Queue[]) =>
      idsOf(queues, topic),
    );
    const isShared = ascending(now.flat()).join() === all.join() && now.filter((ids) => ids.length > 0).length >= busy;
    steady = isShared ? steady + 1 : 0;
    if (steady === 3) return;
    if (Date.now() > end) throw new Error(`not shared: ${JSON.stringify(now)}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

export async function fill(context: TsContext, topic: string, count: number, from = 0): Promise<void> {
  const messages = numbered(topic, count, (index) => ({ shard: `${index}`, body: `${from + index}` }));
  allStored(await context.producer.send('selector', messages));
}

export function javaMember(
  context: TsContext,
  group: string,
  topic: string,
  options: object = {},
): Promise<JavaConsumer> {
  const { judge, namesrv, name } = context;
  return judge.push({ namesrv, group: name(group), subscribe: { [topic]: '*' }, ...options });
}

/** What was handled by both kinds, as numbers. */
export async function handled(java: readonly JavaConsumer[], ours: readonly Consumer[]): Promise<number[]> {
  const theirs = await Promise.all(java.map((consumer) => consumer.received(0, 0)));
  const bodies = [...theirs.flat().map(({ body }) => body), ...ours.flatMap(({ deliveries }) => deliveries.bodies)];
  return bodies.map(Number);
}

/** Groups of Java's consumers and ours. */
export const mixedTests: TsTests = (context) => {
  describe('a group with members of Java and of ours', () => {
    test('takes over from a member that leaves or is killed, in both directions', async ({ expect }) => {
      const topic = await createTopic(context(), 'ts_takeover', { queues: QUEUES });
      const { namesrv, name, directory } = context();
      const judge = await Judge.start({ version: CLIENT_5 });
      const subscribe = { [topic]: '*' };
      const doomed = await judge.push({ namesrv, group: name('takeover'), subscribe });
      await using ours = await consume(context(), 'takeover', { subscriptions: { [topic]: '*' } });
      await shares(topic, [doomed], [ours]);
      await judge.kill();
      await until(
        () => idsOf(ours.assignment, topic).length === QUEUES,
        () => ours.assignment,
      );
      await judge.stop();
      const args = [MEMBER, JSON.stringify({ namesrv, group: name('takeover'), topic })];
      const logFile = join(directory, 'member.log');
      const member = new Child({ command: process.execPath, args, logFile });
      await member.mustPrint(/holds [1-6]/, 40_000);
      await using java = await javaMember(context(), 'takeover', topic);
      await until(
        () => idsOf(ours.assignment, topic).length < 4,
        () => ours.assignment,
      );
      await member.kill();
      await shares(topic, [java], [ours]);
      await fill(context(), topic, 70);
      await java.stop();
      await until(
        () => idsOf(ours.assignment, topic).length === QUEUES,
        () => ours.assignment,
      );
      await fill(context(), topic, 7, 70);
      const last = () => ours.deliveries.bodies.map(Number).filter((number) => number >= 70);
      await until(() => last().length >= 7, last);
      expect(ascending(await handled([], [ours])).slice(-7)).toEqual([70, 71, 72, 73, 74, 75, 76]);
    });

    test('keeps the order of every queue while members come and go', async ({ expect }) => {
      const topic = await createTopic(context(), 'ts_mix_order', { queues: 4 });
      const journal = new Map<number, number[]>();
      const ours = (instanceName: string) =>
        consume(context(), 'mix_order', {
          subscriptions: { [topic]: '*' },
          order: 'queue',
          instanceName: context().name(instanceName),
          onMessage: async ({ body, queue }) => {
            await new Promise((resolve) => setTimeout(resolve, 1));
            journal.set(queue.queueId, [...(journal.get(queue.queueId) ?? []), Number(body)]);
          },
        });
      const javas: JavaConsumer[] = [];
      const java = async () => {
        const member = await javaMember(context(), 'mix_order', topic, { orderly: true, threads: 4 });
        javas.push(member);
        return member;
      };
      const first = await ours('order1');
      await fill(context(), topic, 80);
      const second = await java();
      await fill(context(), topic, 80, 80);
      const third = await ours('order2');
      await first.close();
      await fill(context(), topic, 80, 160);
      const deliveries = async () => {
        const theirs = (await Promise.all(javas.map((member) => member.received(0, 0)))).flat();
        return { theirs, total: theirs.length + [...journal.values()].flat().length };
      };
      let total = 0;
      const end = Date.now() + 90_000;
      while (total < 240 && Date.now() < end) {
        total = (await deliveries()).total;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      const { theirs } = await deliveries();
      for (let queueId = 0; queueId < 4; queueId++) {
        const java = theirs.filter((message) => message.queueId === queueId).map(({ body }) => Number(body));
        // Each member's part is in order, and nothing is missing or handled by both.
        for (const part of [java, journal.get(queueId) ?? []]) expect(part).toEqual(ascending(part));
        const whole = ascending([...java, ...(journal.get(queueId) ?? [])]);
        expect(whole).toEqual(Array.from({ length: 60 }, (_, index) => index * 4 + queueId));
      }
      await Promise.all([second.stop(), third.close()]);
    });

    test('of a broadcast goes on from the other kind of progress file', async ({ expect }) => {
      const topic = await createTopic(context(), 'ts_mix_broadcast', { queues: 1 });
      const { namesrv, name, judge } = context();
      const instance = name('shared');
      const clientIp = await judge.callStatic<string>(NETWORK, 'getLocalAddress');
      const ours = async () => {
        const bodies: string[] = [];
        const ports = { ...nodePorts(silentLogger), userHome: judge.home };
        const options = { nameServers: namesrv, group: name('mix_broadcast'), instanceName: instance, clientIp };
        const consumer = new PushConsumer(
          {
            ...options,
            ...{ model: 'broadcasting', consumeFrom: 'first', subscriptions: { [topic]: '*' } },
            onMessage: ({ body }) => void bodies.push(body.toString()),
          },
          ports,
        );
        await consumer.start();
        return { consumer, bodies };
      };
      await fill(context(), topic, 10);
      const first = await ours();
      await until(
        () => first.bodies.length === 10,
        () => first.bodies,
      );
      await first.consumer.close();
      await fill(context(), topic, 10, 10);
      const java = await javaMember(context(), 'mix_broadcast', topic, { broadcast: true, instance });
      expect(ascending((await java.received(10)).map(({ body }) => Number(body)))).toEqual(
        Array.from({ length: 10 }, (_, i) => 10 + i),
      );
      await java.stop();
      await fill(context(), topic, 10, 20);
      const second = await ours();
      await until(
        () => second.bodies.length >= 10,
        () => second.bodies,
      );
      expect(ascending(second.bodies.map(Number))).toEqual(Array.from({ length: 10 }, (_, i) => 20 + i));
      await second.consumer.close();
    });
  });
};
