/** Resetting the offsets of a group: what `resetOffsetByTime` and `skipAccumulatedMessage` share. */
import { hasCode, type ResetRequest, type RollbackStats } from '@rocketmq-ts/client';
import type { MessageQueue } from '@rocketmq-ts/common';
import { ResponseCode } from '@rocketmq-ts/remoting';
import { frontStringAtLeast } from '../../cli/format.js';
import type { Table } from '../../cli/output.js';
import type { CommandContext } from '../command.js';

interface QueueOffset extends MessageQueue {
  readonly offset: number;
}

const ONLINE: Table<QueueOffset> = {
  titles: ['#brokerName', '#queueId', '#offset'],
  rowFormat: '%-40s  %-40d  %-40d',
  cells: ({ brokerName, queueId, offset }) => [frontStringAtLeast(brokerName, 32), queueId, offset],
};

const OFFLINE_TITLES = ['#brokerName', '#queueId', '#brokerOffset', '#consumerOffset', '#timestampOffset'];

function offlineTable(lastTitle: string): Table<RollbackStats> {
  return {
    titles: [...OFFLINE_TITLES, lastTitle],
    rowFormat: '%-20s  %-20d  %-20d  %-20d  %-20d  %-20d',
    cells: ({ brokerName, queueId, brokerOffset, consumerOffset, timestampOffset, rollbackOffset }) => [
      frontStringAtLeast(brokerName, 32),
      ...[queueId, brokerOffset, consumerOffset, timestampOffset, rollbackOffset],
    ],
  };
}

export interface ResetTexts {
  /** Line before the table when consumers are online; none when empty. */
  readonly online: string;
  /** The same when none is. */
  readonly offline: string;
  readonly lastOfflineTitle: string;
}

/** Resets with the help of the brokers; without them when no consumer is online. */
export async function resetOffsets(
  { admin, out }: CommandContext,
  request: ResetRequest,
  texts: ResetTexts,
): Promise<void> {
  let offsets: ReadonlyMap<MessageQueue, number>;
  try {
    offsets = await admin.offsets.resetByTimestamp(request);
  } catch (error) {
    if (!hasCode(error, ResponseCode.CONSUMER_NOT_ONLINE)) throw error;
    const results = await admin.offsets.resetOffline(request);
    if (texts.offline !== '') out.line('%s', texts.offline);
    out.table(offlineTable(texts.lastOfflineTitle), results);
    return;
  }
  if (texts.online !== '') out.line('%s', texts.online);
  out.table(
    ONLINE,
    Array.from(offsets, ([queue, offset]) => ({ ...queue, offset })),
  );
}
