/** Properties that were not made text: only what is special about a message needs that. */
import { findProperty, MessageConst } from '@rocketmq-ts/common';
import type { PutMessage } from './api.js';

/** Makes text of properties that are bytes. */
export function makeText(message: PutMessage): void {
  const { ascii } = message;
  if (ascii === undefined) return;
  const properties = `${ascii.own}${ascii.added}`;
  message.ascii = undefined;
  message.properties = properties;
  message.uniqKey = findProperty(properties, MessageConst.PROPERTY_UNIQ_CLIENT_MESSAGE_ID_KEYIDX);
  message.tags = findProperty(properties, MessageConst.PROPERTY_TAGS);
}
