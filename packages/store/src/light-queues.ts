/**
 * Light queues (`%LMQ%…`): they hold messages of other topics. A message names
 * them in its property INNER_MULTI_DISPATCH and has its offset in each in
 * INNER_MULTI_QUEUE_OFFSET.
 */
import { findProperty, isLmq, LMQ_DISPATCH_SEPARATOR, LMQ_QUEUE_ID, MessageConst } from '@rocketmq-ts/common';
import type { AnyConsumeQueue } from './consume-queue-interface.js';
import { isSafeName } from './queue-family.js';
import type { RecordBytes } from './record-bytes.js';
import { headBelongs, isScheduleTopic, propertiesOf, topicBelongs } from './record-reader.js';

/** The only queue of a light topic. */
export const LIGHT_QUEUE_ID = LMQ_QUEUE_ID;
/** File systems take no longer names. */
const MAX_NAME_BYTES = 255;

/** In capitals, too: half messages of transactions are not to be seen before they are committed. */
const FORBIDDEN_PREFIXES = ['%RETRY%', '%DLQ%', 'rmq_sys_', 'RMQ_SYS_'];

/** True for a topic of which light queues may hold messages. Source: MixAll#topicAllowsLMQ. */
export function allowsLightQueues(topic: string): boolean {
  return !isScheduleTopic(topic) && !FORBIDDEN_PREFIXES.some((prefix) => topic.startsWith(prefix));
}

/** True for a name that a light queue can have. */
export function isLightQueueName(name: string): boolean {
  return isLmq(name) && isSafeName(name) && Buffer.byteLength(name) <= MAX_NAME_BYTES;
}

/** The parts of a property that lists names or offsets; none of a blank one. Empty ones at the end do not count, as in Java. */
export function splitNames(text: string): string[] {
  if (text.trim() === '') return [];
  return text.replace(/,+$/, '').split(LMQ_DISPATCH_SEPARATOR);
}

/** A place in a light queue. */
export interface LightPlace {
  readonly queue: AnyConsumeQueue;
  readonly queueOffset: number;
}

/** A name and an offset, as a message states them. */
export interface StatedPlace {
  readonly name: string;
  readonly queueOffset: number;
}

/** The light queues that a stored message says it is in; none when its properties do not fit together. Source: ConsumeQueue#multiDispatchLmqQueue. */
export function statedPlaces(names: string | undefined, offsets: string | undefined): StatedPlace[] {
  if (names === undefined || offsets === undefined) return [];
  const nameParts = splitNames(names);
  const offsetParts = splitNames(offsets);
  if (nameParts.length !== offsetParts.length) return [];
  const places: StatedPlace[] = [];
  for (const [i, name] of nameParts.entries()) {
    const text = offsetParts[i]!;
    const queueOffset = /^\d{1,16}$/.test(text) ? Number(text) : -1;
    if (isLightQueueName(name) && Number.isSafeInteger(queueOffset) && queueOffset >= 0) {
      places.push({ name, queueOffset });
    }
  }
  return places;
}

/** True when the record says of itself that it is this message of the light queue: by its properties, or because it was sent to it. */
export function belongsToLightQueue(data: RecordBytes, at: number, name: string, queueOffset: number): boolean {
  if (headBelongs(data, at, LIGHT_QUEUE_ID, queueOffset) && topicBelongs(data, at, Buffer.from(name))) return true;
  const properties = propertiesOf(data, at);
  const names = findProperty(properties, MessageConst.PROPERTY_INNER_MULTI_DISPATCH);
  const offsets = findProperty(properties, MessageConst.PROPERTY_INNER_MULTI_QUEUE_OFFSET);
  return statedPlaces(names, offsets).some((place) => place.name === name && place.queueOffset === queueOffset);
}
