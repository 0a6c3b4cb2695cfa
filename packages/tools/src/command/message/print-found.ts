/** Printing one message that was found, and what became of it. */
import { keysOf, messageTrack, tagsOf } from '@rocketmq-ts/client';
import type { MessageExt } from '@rocketmq-ts/common';
import { formatMillis } from '../../cli/format.js';
import type { CommandContext } from '../command.js';
import { messageJson, propertiesText } from './message-text.js';

export interface FoundOptions {
  /** The first line tells the offset id. */
  readonly withOffsetId: boolean;
  /** Makes text of the body, which is printed then. */
  readonly bodyText?: ((message: MessageExt) => string) | undefined;
}

/** Prints the fields of a message, and its state in every group that consumes the topic. */
export async function printFound(context: CommandContext, message: MessageExt, options: FoundOptions): Promise<void> {
  const { admin, out } = context;
  const track = await messageTrack(admin, message);
  if (out.json) {
    out.report({ ...messageJson(message), track }, '');
    return;
  }
  if (options.withOffsetId) out.line('%-20s %s', 'OffsetID:', message.msgId);
  for (const [title, value] of fieldsOf(message)) out.line('%-20s %s', `${title}:`, value);
  // The reference writes every body below /tmp; here -f prints it and --json holds it.
  out.line('%-20s %s', 'Message Body Path:', '-');
  if (options.bodyText !== undefined) out.line('%-20s %s', 'Message Body:', options.bodyText(message));
  if (track.length === 0) out.line('\n\nWARN: No Consumer');
  else out.line('\n');
  for (const { consumerGroup, trackType, exceptionDesc } of track) {
    const line = 'MessageTrack [consumerGroup=%s, trackType=%s, exceptionDesc=%s]';
    out.line(line, consumerGroup, trackType, exceptionDesc);
  }
}

function* fieldsOf(message: MessageExt): Generator<readonly [title: string, value: string | number]> {
  yield ['Topic', message.topic];
  yield ['Tags', `[${tagsOf(message) ?? null}]`];
  yield ['Keys', `[${keysOf(message) ?? null}]`];
  yield ['Queue ID', message.queueId];
  yield ['Queue Offset', message.queueOffset];
  yield ['CommitLog Offset', message.commitLogOffset];
  yield ['Reconsume Times', message.reconsumeTimes];
  yield ['Born Timestamp', formatMillis(message.bornTimestamp)];
  yield ['Store Timestamp', formatMillis(message.storeTimestamp)];
  yield ['Born Host', message.bornHost.toString()];
  yield ['Store Host', message.storeHost.toString()];
  yield ['System Flag', message.sysFlag];
  yield ['Properties', propertiesText(message)];
}
