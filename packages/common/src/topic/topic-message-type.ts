/** What kind of message a message is, told from its properties, and what kinds a topic declares. */
import { MessageConst } from '../message/message-const.js';

/** Source: TopicMessageType. */
export const TOPIC_MESSAGE_TYPES = [
  'UNSPECIFIED',
  'NORMAL',
  'FIFO',
  'DELAY',
  'TRANSACTION',
  'PRIORITY',
  'LITE',
  'MIXED',
] as const;
export type TopicMessageType = (typeof TOPIC_MESSAGE_TYPES)[number];

/**
 * The type of a message, told from its properties; `property` looks one up.
 * The order matters: a message that is two things is the first of them. Source: TopicMessageType#parseFromMessageProperty.
 */
export function messageTypeOf(property: (key: string) => string | undefined): TopicMessageType {
  const has = (key: string) => property(key) !== undefined;
  if (property(MessageConst.PROPERTY_TRANSACTION_PREPARED)?.toLowerCase() === 'true') return 'TRANSACTION';
  if (
    has(MessageConst.PROPERTY_DELAY_TIME_LEVEL) ||
    has(MessageConst.PROPERTY_TIMER_DELIVER_MS) ||
    has(MessageConst.PROPERTY_TIMER_DELAY_SEC) ||
    has(MessageConst.PROPERTY_TIMER_DELAY_MS)
  ) {
    return 'DELAY';
  }
  if (has(MessageConst.PROPERTY_SHARDING_KEY)) return 'FIFO';
  if (has(MessageConst.PROPERTY_PRIORITY)) return 'PRIORITY';
  return has(MessageConst.PROPERTY_LITE_TOPIC) ? 'LITE' : 'NORMAL';
}

/** A topic declares its type in its attributes; NORMAL when it does not or names none. Source: TopicConfig#getTopicMessageType. */
export function declaredMessageType(attributes: ReadonlyMap<string, string>): TopicMessageType {
  const declared = attributes.get('message.type');
  return TOPIC_MESSAGE_TYPES.find((type) => type === declared) ?? 'NORMAL';
}
