/** Clients that are too old to be told of resets. */
import { type Answer, ResponseCode, versionName, versionOf } from '@rocketmq-ts/remoting';
import type { ClientChannel } from '../../client/client-channel.js';

const FIRST_WITH_RESETS = versionOf('V3_0_7_SNAPSHOT') ?? 0;

/** True for a client that brokers must not tell of resets or ask for its progress. Source: Broker2Client. */
export function isTooOldForResets({ version }: ClientChannel): boolean {
  return version < FIRST_WITH_RESETS;
}

/** The answer to whoever asked for that. */
export function tooOld({ version }: ClientChannel): Answer<never> {
  return {
    code: ResponseCode.SYSTEM_ERROR,
    remark: `the client does not support this feature. version=${versionName(version)}`,
  };
}
