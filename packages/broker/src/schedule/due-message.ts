/** Makes the message that is delivered out of the record that waited. */
import { type PutMessage, putAnew, readWaiting, realPlace } from '@rocketmq-ts/store';

/**
 * The message for its real topic and queue. Its properties stay as they are, DELAY and REAL_TOPIC included,
 * as consumers of the reference see them.
 * @throws UndeliverableError when the record does not say where it belongs, or must not go there
 * Source: ScheduleMessageService#messageTimeUp.
 */
export function dueMessage(bytes: Uint8Array): PutMessage {
  const record = readWaiting(bytes);
  return putAnew(record, realPlace(record.propertiesText), record.propertiesText);
}
