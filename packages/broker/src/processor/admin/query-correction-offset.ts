/** QUERY_CORRECTION_OFFSET: corrected offsets of a topic from what other groups have consumed. */
import {
  type Processor,
  processor,
  QUERY_CORRECTION_OFFSET,
  QueryCorrectionOffsetBody,
  ResponseCode,
} from '@rocketmq-ts/remoting';
import type { ConsumerOffsetManager } from '../../offset/consumer-offset-manager.js';
import { Lanes } from '../lanes.js';

/** Stands for "no correction": the reference's Long.MAX_VALUE, as far as numbers go here. */
const NO_CORRECTION = Number.MAX_SAFE_INTEGER;

/**
 * Unlike the reference, which deletes the offsets of `filterGroups`, those are left out of the count only.
 * Source: AdminBrokerProcessor#queryCorrectionOffset.
 */
export function queryCorrectionOffset({
  offsets,
}: {
  offsets: Pick<ConsumerOffsetManager, 'minOffsetsInAllGroups' | 'offsetsOf'>;
}): Processor {
  return processor(QUERY_CORRECTION_OFFSET, Lanes.ADMIN, ({ topic, compareGroup, filterGroups = '' }) => {
    const excluded = new Set(filterGroups.split(',').filter((group) => group !== ''));
    const correctionOffsets = offsets.minOffsetsInAllGroups(topic, excluded);
    for (const [queueId, offset] of offsets.offsetsOf(compareGroup, topic) ?? []) {
      const lowest = correctionOffsets.get(queueId);
      if (lowest === undefined || lowest > offset) correctionOffsets.set(queueId, NO_CORRECTION);
    }
    return { code: ResponseCode.SUCCESS, body: QueryCorrectionOffsetBody.encode({ correctionOffsets }) };
  });
}
