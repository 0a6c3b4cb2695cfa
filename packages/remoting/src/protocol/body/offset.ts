/** Bodies about consumer offsets. */
import { type Body, defineBody, long, mapOf, maybe, numberMapOf, queueMapOf } from './body-schema.js';
import { dataVersion } from './topic.js';

/** The offset table of a broker: `topic@group`, then queue id. */
export const ConsumerOffsetSerializeWrapper = defineBody('ConsumerOffsetSerializeWrapper', {
  offsetTable: mapOf(numberMapOf(long)),
  dataVersion,
});
export type ConsumerOffsetSerializeWrapper = Body<typeof ConsumerOffsetSerializeWrapper>;

/** The same in the file of a broker with light topics: their groups have one offset for `topic@group`. Source: LmqConsumerOffsetManager. */
export const LmqConsumerOffsetSerializeWrapper = defineBody('LmqConsumerOffsetSerializeWrapper', {
  offsetTable: mapOf(numberMapOf(long)),
  lmqOffsetTable: maybe(mapOf(long)),
  dataVersion,
});
export type LmqConsumerOffsetSerializeWrapper = Body<typeof LmqConsumerOffsetSerializeWrapper>;

/** How far each delay level has been delivered. */
export const DelayOffsetSerializeWrapper = defineBody('DelayOffsetSerializeWrapper', {
  offsetTable: numberMapOf(long),
  dataVersion,
});
export type DelayOffsetSerializeWrapper = Body<typeof DelayOffsetSerializeWrapper>;

/** Corrected offsets by queue id. */
export const QueryCorrectionOffsetBody = defineBody('QueryCorrectionOffsetBody', {
  correctionOffsets: numberMapOf(long),
});
export type QueryCorrectionOffsetBody = Body<typeof QueryCorrectionOffsetBody>;

export const ResetOffsetBody = defineBody('ResetOffsetBody', { offsetTable: queueMapOf(long) });
export type ResetOffsetBody = Body<typeof ResetOffsetBody>;

/** Progress of one client (`messageQueueTable`) or of all (`consumerTable`, by client id). */
export const GetConsumerStatusBody = defineBody('GetConsumerStatusBody', {
  messageQueueTable: queueMapOf(long),
  consumerTable: mapOf(queueMapOf(long)),
});
export type GetConsumerStatusBody = Body<typeof GetConsumerStatusBody>;
