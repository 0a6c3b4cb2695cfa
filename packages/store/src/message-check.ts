/** The checks of what is to be appended, in the order of the reference: which refusal a producer hears depends on it. */
import type { PutMessage, PutMessageStatus } from './api.js';
import {
  CRC_PROPERTY_NAME,
  CRC_PROPERTY_SIZE_BYTES,
  isTransactional,
  NAME_VALUE_SEPARATOR,
  PROPERTIES_LIMIT_BYTES,
  PROPERTY_SEPARATOR,
} from './record-layout.js';

/** The settings that appending reads; they may change while it runs. */
export interface AppendConfig {
  readonly maxMessageSize: number;
  readonly enabledAppendPropCRC: boolean;
}

export interface CheckOptions {
  readonly config: AppendConfig;
  /** True when writes take too long at the moment. */
  readonly busy: () => boolean;
}

/** Why the message is refused, or undefined. Takes a CRC property out that is not ours. Source: HookUtils#checkBeforePutMessage. */
export function checkMessage(message: PutMessage, { config, busy }: CheckOptions): PutMessageStatus | undefined {
  if (!isLegalHost(message.bornHost) || message.queueId < 0) return 'MESSAGE_ILLEGAL';
  if (busy()) return 'OS_PAGE_CACHE_BUSY';
  if (message.ascii !== undefined) {
    if (propertiesLimitOf(message) > PROPERTIES_LIMIT_BYTES) return 'PROPERTIES_SIZE_EXCEEDED';
    return message.body.length > config.maxMessageSize ? 'MESSAGE_ILLEGAL' : undefined;
  }
  const properties = message.properties;
  const guard = config.enabledAppendPropCRC ? CRC_PROPERTY_SIZE_BYTES + 1 : 0;
  if (properties.length * 3 + guard > PROPERTIES_LIMIT_BYTES) {
    if (Buffer.byteLength(properties) + guard > PROPERTIES_LIMIT_BYTES) return 'PROPERTIES_SIZE_EXCEEDED';
  }
  if (guard > 0 && properties.includes(CRC_PROPERTY_NAME)) message.properties = withoutCrc(properties);
  return message.body.length > config.maxMessageSize ? 'MESSAGE_ILLEGAL' : undefined;
}

/** Bytes that the properties take at most. */
export function propertiesLimitOf({ ascii, properties }: PutMessage): number {
  return ascii === undefined ? properties.length * 3 : ascii.own.length + ascii.added.length;
}

/** Why the batch as a whole is refused, or undefined; its messages are looked at when they are known. */
export function checkBatch(message: PutMessage, { config, busy }: CheckOptions): PutMessageStatus | undefined {
  if (!isLegalHost(message.bornHost) || message.queueId < 0) return 'MESSAGE_ILLEGAL';
  if (busy()) return 'OS_PAGE_CACHE_BUSY';
  if (isTransactional(message.sysFlag)) return 'MESSAGE_ILLEGAL';
  return message.body.length > config.maxMessageSize ? 'MESSAGE_ILLEGAL' : undefined;
}

function isLegalHost(host: Uint8Array): boolean {
  return host.length === 8 || host.length === 20;
}

const SEPARATOR = String.fromCharCode(PROPERTY_SEPARATOR);
const CRC_PREFIX = CRC_PROPERTY_NAME + String.fromCharCode(NAME_VALUE_SEPARATOR);

/** Takes a CRC property that a client or an earlier store has put there. */
function withoutCrc(properties: string): string {
  return properties
    .split(SEPARATOR)
    .filter((pair) => pair !== '' && !pair.startsWith(CRC_PREFIX))
    .map((pair) => pair + SEPARATOR)
    .join('');
}
