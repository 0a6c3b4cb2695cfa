/** Cuts messages of one topic into batches that fit into a request each. */
import { encodeBatchBody } from '@rocketmq-ts/common';
import { InvalidArgumentError } from '../errors.js';
import type { Sendable } from './message-sender.js';
import type { PreparedMessage } from './outgoing-message.js';
import type { SendResult } from './send-result.js';

/** Bytes of one message in a batch body besides its body and properties. */
const ITEM_BYTES = 22;

/** One request, and the messages in it. */
export interface Batch {
  readonly messages: readonly PreparedMessage[];
  readonly request: Sendable;
}

/** Bytes that a message takes in a batch body. */
export function batchItemBytes({ body, propertiesText }: PreparedMessage): number {
  return ITEM_BYTES + body.length + Buffer.byteLength(propertiesText);
}

/**
 * Batches in the order of the messages, each at most `maxBytes` long unless a single message is longer.
 *
 * @throws InvalidArgumentError when the messages cannot travel together
 */
export function splitIntoBatches(messages: readonly PreparedMessage[], maxBytes: number): Batch[] {
  checkAlike(messages);
  const batches: Batch[] = [];
  let current: PreparedMessage[] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = batchItemBytes(message);
    if (current.length > 0 && bytes + size > maxBytes) {
      batches.push(batchOf(current));
      current = [];
      bytes = 0;
    }
    current.push(message);
    bytes += size;
  }
  if (current.length > 0) batches.push(batchOf(current));
  return batches;
}

/** The request for messages that fit together. */
export function batchOf(messages: readonly PreparedMessage[]): Batch {
  const first = messages[0]!;
  return {
    messages,
    request: {
      topic: first.topic,
      body: encodeBatchBody(messages.map(({ flag, body, propertiesText }) => ({ flag, body, propertiesText }))),
      propertiesText: `WAIT\u0001${first.waitStored}\u0002`,
      batchId: first.messageId,
      messageId: messages.map(({ messageId }) => messageId).join(','),
      flag: 0,
      isBatch: true,
    },
  };
}

/** One result per message of a batch, from the one answer. */
export function resultsOf({ messages }: Batch, result: SendResult): SendResult[] {
  const offsetMessageIds = result.offsetMessageId.split(',');
  return messages.map(({ messageId }, index) => ({
    ...result,
    messageId,
    offsetMessageId: offsetMessageIds[index] ?? offsetMessageIds[0]!,
    queueOffset: result.queueOffset + index,
  }));
}

/** Source: MessageBatch#generateFromList. */
function checkAlike(messages: readonly PreparedMessage[]): void {
  const first = messages[0];
  if (first === undefined) throw new InvalidArgumentError('a batch needs at least one message');
  for (const { topic, isDelayed, waitStored } of messages) {
    if (isDelayed) throw new InvalidArgumentError('a delayed message cannot be part of a batch');
    if (topic !== first.topic) {
      throw new InvalidArgumentError(`the messages of a batch have one topic, not '${first.topic}' and '${topic}'`);
    }
    if (waitStored !== first.waitStored) throw new InvalidArgumentError('the messages of a batch have one waitStored');
  }
}
