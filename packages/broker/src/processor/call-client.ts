/** Requests of the broker to a client that is connected, and its answers. */
import {
  type Answer,
  type Connection,
  type OutgoingRequest,
  type RemotingCommand,
  RemotingError,
  RemotingTimeoutError,
  ResponseCode,
  versionName,
  versionOf,
} from '@rocketmq-ts/remoting';
import type { ConsumerManager } from '../client/consumer-manager.js';

/** How long a client may take. Source: Broker2Client#callClient. */
const TIMEOUT_MS = 10_000;
const FIRST_WITH_CALLS = versionOf('V3_1_8_SNAPSHOT') ?? 0;

/** The answer of the client as the answer to who asked for it. Rejects with a RemotingError. */
export function callClient(
  connection: Connection,
  request: OutgoingRequest,
  timeoutMs: number = TIMEOUT_MS,
): Promise<Answer<never>> {
  return new Promise((resolve, reject) => {
    connection.request(request, timeoutMs, (error, response) => {
      if (response !== undefined) resolve(answerOf(response));
      else reject(error);
    });
  });
}

/** The body is copied: it is a view of what was received. */
function answerOf({ code, remark, ext, body }: RemotingCommand): Answer<never> {
  return { code, remark, ext, body: body === undefined ? undefined : Buffer.from(body) };
}

/** Passes a request on to one consumer of a group. Source: AdminBrokerProcessor#callConsumer. */
export async function callConsumer(
  consumers: Pick<ConsumerManager, 'findChannel'>,
  { group, clientId }: { group: string; clientId: string },
  request: OutgoingRequest,
): Promise<Answer<never>> {
  const channel = consumers.findChannel(group, clientId);
  if (channel === undefined) {
    return { code: ResponseCode.SYSTEM_ERROR, remark: `The Consumer <${group}> <${clientId}> not online` };
  }
  if (channel.version < FIRST_WITH_CALLS) {
    return {
      code: ResponseCode.SYSTEM_ERROR,
      remark: `The Consumer <${clientId}> Version <${versionName(channel.version)}> too low to finish, please upgrade it to V3_1_8_SNAPSHOT`,
    };
  }
  try {
    return await callClient(channel.connection, request);
  } catch (error) {
    if (!(error instanceof RemotingError)) throw error;
    if (error instanceof RemotingTimeoutError) {
      return {
        code: ResponseCode.CONSUME_MSG_TIMEOUT,
        remark: `consumer <${group}> <${clientId}> Timeout: ${error.message}`,
      };
    }
    return {
      code: ResponseCode.SYSTEM_ERROR,
      remark: `invoke consumer <${group}> <${clientId}> Exception: ${error.message}`,
    };
  }
}
