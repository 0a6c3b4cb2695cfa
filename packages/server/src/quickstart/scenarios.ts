/** The kinds of messages that the quickstart sends, each with what must hold when they arrive. */
import type { OutgoingMessage, ReceivedMessage } from '@rocketmq-ts/client';
import { IndexType } from '@rocketmq-ts/common';
import type { Stage } from './stage.js';
import { Tally } from './tally.js';

/** Sends and consumes messages of one kind; the tally says what came of them. `shows` is what must hold. */
export interface Scenario {
  readonly name: string;
  readonly shows: string;
  run(stage: Stage): Promise<Tally>;
}

/** Sends that wait for their answer at a time. */
const SENDS_UNDER_WAY = 256;
const BODY = 'x'.repeat(1000);

const normal: Scenario = {
  name: 'normal',
  shows: 'every message arrives once, unaltered',
  run: (stage) =>
    stage.play(
      'normal',
      { subscriptions: { QuickstartNormal: '*' } },
      (tally) => (message) => tally.arrived(idOf(message)),
      (tally) =>
        sendAll(
          stage,
          tally,
          numbered(2000, (index) => ({ topic: 'QuickstartNormal', body: `${index}:${BODY}` })),
        ),
    ),
};

const batch: Scenario = {
  name: 'batch',
  shows: 'messages sent together arrive one by one',
  run: (stage) =>
    stage.play(
      'batch',
      { subscriptions: { QuickstartBatch: '*' } },
      (tally) => (message) => tally.arrived(idOf(message)),
      async (tally) => {
        const messages = numbered(1000, (index) => ({
          topic: 'QuickstartBatch',
          body: `${index}:${BODY.slice(0, 100)}`,
        }));
        for (let from = 0; from < messages.length; from += 100) {
          const together = messages.slice(from, from + 100);
          for (const { id } of together) tally.sending(id);
          await stage.producer.sendBatch(together.map(({ message }) => message));
        }
      },
    ),
};

const tags: Scenario = {
  name: 'tags',
  shows: 'a consumer gets the tags it asked for, and nothing else',
  run: (stage) =>
    stage.play(
      'tags',
      { subscriptions: { QuickstartTags: 'paid || refunded' } },
      (tally) => (message) => tally.arrived(idOf(message)),
      (tally) => {
        const names = ['paid', 'refunded', 'cancelled'];
        const messages = numbered(900, (index) => ({
          topic: 'QuickstartTags',
          tag: names[index % 3]!,
          body: `${index}:tag`,
        }));
        return sendAll(stage, tally, messages, ({ message }) => message.tag !== 'cancelled');
      },
    ),
};

const sql: Scenario = {
  name: 'SQL92',
  shows: 'the broker selects by properties',
  run: (stage) =>
    stage.play(
      'sql',
      { subscriptions: { QuickstartSql: { sql: "amount BETWEEN 100 AND 200 AND currency = 'EUR'" } } },
      (tally) => (message) => tally.arrived(idOf(message)),
      (tally) => {
        const messages = numbered(900, (index) => ({
          topic: 'QuickstartSql',
          body: `${index}:sql`,
          properties: { amount: String(index), currency: index % 2 === 0 ? 'EUR' : 'USD' },
        }));
        return sendAll(stage, tally, messages, (_, index) => index >= 100 && index <= 200 && index % 2 === 0);
      },
    ),
};

const ordered: Scenario = {
  name: 'ordered',
  shows: 'messages of one key arrive in the order they were sent',
  run: (stage) =>
    stage.play(
      'ordered',
      { subscriptions: { QuickstartOrdered: '*' }, order: 'queue' },
      (tally) => (message) => {
        const [key, sequence] = [message.shardingKey ?? '', Number(message.property('sequence'))];
        tally.arrived(idOf(message), { key, sequence });
      },
      (tally) =>
        sendAll(
          stage,
          tally,
          numbered(1000, (index) => ({
            topic: 'QuickstartOrdered',
            body: `${index}:order`,
            shardingKey: `customer-${index % 20}`,
            properties: { sequence: String(Math.floor(index / 20)) },
          })),
        ),
    ),
};

const delayed: Scenario = {
  name: 'delayed',
  shows: 'messages of delay level 1 arrive after a second, not before',
  run: (stage) =>
    stage.play(
      'delayed',
      { subscriptions: { QuickstartDelayed: '*' } },
      (tally) => (message) => {
        if (stage.clock.now() - message.bornTimestamp < 1000) tally.wrong();
        tally.arrived(idOf(message));
      },
      (tally) =>
        sendAll(
          stage,
          tally,
          numbered(200, (index) => ({ topic: 'QuickstartDelayed', body: `${index}:delay`, delayLevel: 1 })),
        ),
    ),
};

const timed: Scenario = {
  name: 'timed',
  shows: 'messages for a time of their own arrive then, not before',
  run: (stage) => {
    const dueMs = new Map<string, number>();
    return stage.play(
      'timed',
      { subscriptions: { QuickstartTimed: '*' } },
      (tally) => (message) => {
        // The timer counts in seconds.
        if (stage.clock.now() < dueMs.get(idOf(message))! - 1000) tally.wrong();
        tally.arrived(idOf(message));
      },
      (tally) => {
        const now = stage.clock.now();
        const messages = numbered(200, (index) => {
          const deliverAtMs = now + 2000 + (index % 2) * 1000;
          dueMs.set(String(index), deliverAtMs);
          return { topic: 'QuickstartTimed', body: `${index}:timed`, deliverAtMs };
        });
        return sendAll(stage, tally, messages);
      },
    );
  },
};

const recalled: Scenario = {
  name: 'recalled',
  shows: 'a message that is taken back before its time does not arrive',
  run: (stage) =>
    stage.play(
      'recalled',
      { subscriptions: { QuickstartRecalled: '*' } },
      (tally) => (message) => tally.arrived(idOf(message)),
      async (tally) => {
        const now = stage.clock.now();
        // What is taken back would have come first.
        const messages = numbered(40, (index) => ({
          topic: 'QuickstartRecalled',
          body: `${index}:recall`,
          deliverAtMs: now + (index % 2 === 0 ? 4000 : 5000),
        }));
        const sends = messages.map(async ({ id, message }, index) => {
          if (index % 2 === 1) tally.sending(id);
          const { recallHandle } = await stage.producer.send(message);
          if (index % 2 === 1) return;
          if (recallHandle === undefined) tally.wrong();
          else await stage.producer.recall('QuickstartRecalled', recallHandle);
        });
        await Promise.all(sends);
      },
    ),
};

const query: Scenario = {
  name: 'query by key',
  shows: 'a message is found by its key and by its id',
  async run(stage) {
    const tally = new Tally(stage.clock);
    const messages = numbered(50, (index) => ({
      topic: 'QuickstartQuery',
      keys: [`order-${index}`],
      body: `${index}:query`,
    }));
    const begin = stage.clock.now() - 60_000;
    for (const { id, message } of messages) {
      tally.sending(id);
      const { messageId } = await stage.producer.send(message);
      const range = { topic: 'QuickstartQuery', maxNum: 32, begin, end: stage.clock.now() + 60_000 };
      const byKey = await stage.admin.messages.query({ ...range, key: String(message.keys), indexType: IndexType.KEY });
      const byId = await stage.admin.messages.query({ ...range, key: messageId, indexType: IndexType.UNIQUE });
      const bodies = new Set([...byKey, ...byId].map((found) => Buffer.from(found.body).toString()));
      for (const body of bodies) tally.arrived(body.split(':', 1)[0]!);
    }
    return tally;
  },
};

/** In the order in which they run. */
export const SCENARIOS: readonly Scenario[] = [normal, batch, tags, sql, ordered, delayed, timed, recalled, query];

/** The topics of the scenarios. */
export const TOPICS: readonly string[] = [
  'Normal',
  'Batch',
  'Tags',
  'Sql',
  'Ordered',
  'Delayed',
  'Timed',
  'Recalled',
  'Query',
].map((name) => `Quickstart${name}`);

interface Numbered {
  readonly id: string;
  readonly message: OutgoingMessage;
}

function numbered(count: number, messageOf: (index: number) => OutgoingMessage): Numbered[] {
  return Array.from({ length: count }, (_, index) => ({ id: String(index), message: messageOf(index) }));
}

function idOf(message: ReceivedMessage): string {
  return message.body.toString().split(':', 1)[0]!;
}

/** Sends all, a bounded number at a time; those that `mustArrive` are announced to the tally. */
async function sendAll(
  { producer }: Stage,
  tally: Tally,
  messages: readonly Numbered[],
  mustArrive: (sent: Numbered, index: number) => boolean = () => true,
): Promise<void> {
  for (let from = 0; from < messages.length; from += SENDS_UNDER_WAY) {
    const sends = messages.slice(from, from + SENDS_UNDER_WAY).map((sent, index) => {
      const { id, message } = sent;
      if (mustArrive(sent, from + index)) tally.sending(id);
      return producer.send(message, message.shardingKey === undefined ? {} : { hashKey: message.shardingKey });
    });
    await Promise.all(sends);
  }
}
