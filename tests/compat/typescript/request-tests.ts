// Request and reply, and transactions.
import { Producer, ReplyTimeoutError, string, type TransactionState } from '@rocketmq-ts/client';
import { describe, test } from 'vitest';
import { createTopic } from '../support/steps.js';
import { consume, producer, type TsTests, until } from './suite.js';

/** Requests. */
export const requestTests: TsTests = (context) => {
  describe('a request', () => {
    test('of ours is answered by a consumer of ours, and by one of Java', async ({ expect }) => {
      const topic = await createTopic(context(), 'ts_request');
      await using answering = producer(context());
      await using asking = new Producer({ nameServers: context().namesrv, group: context().name('asking') });
      const answers = await consume(context(), 'answers', {
        subscriptions: { [topic]: '*' },
        onMessage: (message) => answering.reply(message, `ts: ${message.body}`),
      });
      const ask = (body: string) => asking.request({ topic, body }, { timeoutMs: 20_000, replyCodec: string });
      expect((await ask('one')).value).toBe('ts: one');
      await answers.close();
      const { judge, namesrv, name } = context();
      await using java = await judge.push({
        namesrv,
        group: name('answers'),
        subscribe: { [topic]: '*' },
        reply: true,
      });
      await java.received(0, 0);
      const replies = await Promise.all(['two', 'three', 'four'].map(ask));
      expect(replies.map(({ value }) => value)).toEqual(['re: two', 're: three', 're: four']);
    });

    test('of Java is answered by a consumer of ours', async ({ expect }) => {
      const topic = await createTopic(context(), 'ts_request_java');
      await using answering = producer(context());
      await using answers = await consume(context(), 'answers_java', {
        subscriptions: { [topic]: '*' },
        onMessage: (message) => answering.reply(message, `ts: ${message.body}`),
      });
      await until(
        () => answers.assignment.length >= 4,
        () => answers.assignment,
      );
      const { judge, namesrv, name } = context();
      await using java = await judge.producer({ namesrv, group: name('asking_java') });
      expect((await java.request({ topic, body: 'five' }, 20_000)).body).toBe('ts: five');
    });

    test('that nobody answers fails when its time is over', async ({ expect }) => {
      const topic = await createTopic(context(), 'ts_request_none');
      await using asking = producer(context());
      const failure = asking.request({ topic, body: 'anybody?' }, { timeoutMs: 1000 });
      await expect(failure).rejects.toThrow(ReplyTimeoutError);
    });
  });
};

/** Transactions. */
export const transactionTests: TsTests = (context) => {
  describe('a transaction', () => {
    test('shows its message when it commits, at once or when the broker asks, and else never', async ({ expect }) => {
      const topic = await createTopic(context(), 'ts_transaction', { queues: 1 });
      const checks: string[] = [];
      const checksOfAll = () => checks;
      const verdicts: Record<string, TransactionState[]> = {
        'unknown-commit': ['unknown', 'commit'],
        'unknown-rollback': ['rollback'],
      };
      await using ours = producer(context(), {
        onCheck: ({ body }) => {
          checks.push(body.toString());
          return verdicts[body.toString()]?.shift() ?? 'rollback';
        },
      });
      const run = (body: string, state: TransactionState) => ours.sendInTransaction({ topic, body }, () => state);
      expect(await run('commit', 'commit')).toMatchObject({ status: 'SEND_OK', state: 'commit' });
      await run('rollback', 'rollback');
      await run('unknown-commit', 'unknown');
      await run('unknown-rollback', 'unknown');
      const resumed = await run('unknown-resumed', 'unknown');
      await using consumer = await consume(context(), 'transaction', { subscriptions: { [topic]: '*' } });
      await consumer.deliveries.received(2, 60_000);
      await until(() => checks.length >= 3, checksOfAll, 60_000);
      const checksOf = (body: string) => checks.filter((each) => each === body).length;
      await until(() => checksOf('unknown-resumed') === 1, checksOfAll, 60_000);
      // The broker is told to ask again, although it knows the end.
      await context().ours.admin.messages.resumeCheck(topic, resumed.offsetMessageId);
      await until(() => checksOf('unknown-resumed') === 2, checksOfAll, 60_000);
      expect(checksOf('unknown-commit')).toBe(2);
      expect(checks.filter((body) => !body.startsWith('unknown'))).toEqual([]);
      expect((await consumer.deliveries.settled(2)).map(({ body }) => body.toString())).toEqual([
        'commit',
        'unknown-commit',
      ]);
    });
  });
};
