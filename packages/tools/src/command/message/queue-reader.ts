/** Reading queues from one offset to another, without being a consumer. */
import { AdminNotFoundError, brokerAddressOf, type PullStatus } from '@rocketmq-ts/client';
import type { MessageExt, MessageQueue } from '@rocketmq-ts/common';
import { PermName } from '@rocketmq-ts/common';
import { ResponseCode } from '@rocketmq-ts/remoting';
import { parseTimestamp } from '../../cli/format.js';
import { UsageError } from '../../cli/parse-options.js';
import type { CommandContext } from '../command.js';

/** The broker of a queue, found by the route of a topic. @throws AdminNotFoundError */
export async function addressOfQueue(
  { admin }: CommandContext,
  queue: MessageQueue,
  routeTopic: string,
): Promise<string> {
  const { brokerDatas } = await admin.nameServer.topicRoute(routeTopic);
  const broker = brokerDatas.find(({ brokerName }) => brokerName === queue.brokerName);
  const address = broker === undefined ? undefined : brokerAddressOf(broker);
  if (address !== undefined) return address;
  throw new AdminNotFoundError(
    ResponseCode.BROKER_NOT_EXIST,
    `broker '${queue.brokerName}' does not have topic '${routeTopic}'`,
  );
}

/** All readable queues of a topic; `routeTopic` finds the brokers of light queues. */
export async function queuesOf({ admin }: CommandContext, topic: string, routeTopic: string): Promise<MessageQueue[]> {
  const { queueDatas } = await admin.nameServer.topicRoute(routeTopic);
  return queueDatas
    .filter(({ perm }) => (perm & PermName.READ) !== 0)
    .flatMap(({ brokerName, readQueueNums }) =>
      Array.from({ length: readQueueNums }, (_, queueId) => ({ topic, brokerName, queueId })),
    );
}

/** A stretch of a queue, its end not included. */
export interface Stretch {
  readonly minOffset: number;
  readonly maxOffset: number;
}

/** A time that was typed; undefined when none was. @throws UsageError */
export function timeOf(name: string, typed: string | undefined): number | undefined {
  if (typed === undefined) return undefined;
  const time = parseTimestamp(typed);
  if (time === undefined)
    throw new UsageError(`option --${name}: '${typed}' is neither ms nor yyyy-MM-dd#HH:mm:ss:SSS`);
  return time;
}

/** All of a queue, or what was stored between two times. */
export async function stretchOf(
  { admin }: CommandContext,
  address: string,
  queue: MessageQueue,
  times: { readonly begin?: number | undefined; readonly end?: number | undefined },
): Promise<Stretch> {
  const { begin, end } = times;
  const minOffset =
    begin === undefined
      ? await admin.offsets.minOffset(address, queue)
      : await admin.offsets.searchOffset(address, queue, begin);
  const maxOffset =
    end === undefined
      ? await admin.offsets.maxOffset(address, queue)
      : await admin.offsets.searchOffset(address, queue, end);
  return { minOffset, maxOffset };
}

/** One pull: messages, or why there are none; `offset` is where the next one goes on. */
export interface Batch {
  readonly status: PullStatus;
  readonly messages: readonly MessageExt[];
  readonly offset: number;
}

const BATCH_MESSAGES = 32;

/** Pulls a stretch of a queue; ends early where the queue does. */
export async function* readStretch(
  { admin }: CommandContext,
  address: string,
  queue: MessageQueue,
  options: Stretch & { readonly tags: string; readonly group?: string | undefined },
): AsyncGenerator<Batch> {
  const { tags, group, maxOffset } = options;
  let offset = options.minOffset;
  while (offset < maxOffset) {
    const maxNum = Math.min(BATCH_MESSAGES, maxOffset - offset);
    const { status, messages, nextBeginOffset } = await admin.messages.pull(address, queue, {
      offset,
      maxNum,
      tags,
      group,
    });
    yield { status, messages, offset: nextBeginOffset };
    if (status === 'NO_NEW_MSG' || status === 'OFFSET_ILLEGAL' || nextBeginOffset <= offset) return;
    offset = nextBeginOffset;
  }
}
