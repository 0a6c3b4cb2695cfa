/** `mqadmin checkMsgSendRT`: how long sends to a topic take. */
import { ClientError, type Producer } from '@rocketmq-ts/client';
import type { MessageQueue } from '@rocketmq-ts/common';
import { int, requiredText } from '../../cli/option-declaration.js';
import type { Table } from '../../cli/output.js';
import { type CommandContext, defineCommand } from '../command.js';
import { filler, withProducer } from '../producing.js';

interface SendRow {
  readonly brokerName: string;
  readonly queueId: number;
  readonly success: boolean;
  readonly elapsedMs: number;
}

const TABLE: Table<SendRow> = {
  titles: ['#Broker Name', '#QID', '#Send Result', '#RT'],
  rowFormat: '%-32s  %-4s  %-20s    %s',
  cells: ({ brokerName, queueId, success, elapsedMs }) => [brokerName, queueId, success, elapsedMs],
};

export const checkMsgSendRT = defineCommand({
  name: 'checkMsgSendRT',
  doc: 'Measure how long sends to a topic take.',
  options: {
    amount: int('a', 'amount', 'Number of messages (default 100)'),
    size: int('s', 'size', 'Bytes of a message (default 128)'),
    topic: requiredText('t', 'topic', 'Name of the topic'),
  },
  async run(context, { amount = 100, size = 128, topic }) {
    const { out } = context;
    const body = filler(size);
    let totalMs = 0;
    out.titles(TABLE);
    await withProducer(context, { group: String(context.clock.now()) }, async (producer) => {
      for (let index = 0; index < amount; index++) {
        const row = await measure(context, producer, { topic, body, index });
        // The first one pays for the connection.
        if (index > 0) totalMs += row.elapsedMs;
        out.row(TABLE, row);
      }
    });
    out.line('Avg RT: %.2f', totalMs / (amount - 1));
  },
});

async function measure(
  { clock }: CommandContext,
  producer: Producer,
  { topic, body, index }: { readonly topic: string; readonly body: string; readonly index: number },
): Promise<SendRow> {
  let chosen: MessageQueue | undefined;
  const select = (queues: readonly MessageQueue[]): MessageQueue => {
    chosen = queues[index % queues.length]!;
    return chosen;
  };
  const start = clock.monotonicMs();
  const row = (success: boolean): SendRow => ({
    brokerName: chosen?.brokerName ?? '',
    queueId: chosen?.queueId ?? 0,
    success,
    elapsedMs: Math.round(clock.monotonicMs() - start),
  });
  try {
    await producer.send({ topic, body }, { select });
    return row(true);
  } catch (error) {
    if (error instanceof ClientError) return row(false);
    throw error;
  }
}
