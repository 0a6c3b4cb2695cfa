/** QUERY_DATA_VERSION: a broker asks whether it has to register its topics again; also a sign of life. */
import { type DataVersion, MalformedDataError } from '@rocketmq-ts/common';
import {
  BODY_LIMITS,
  DataVersionBody,
  type Processor,
  processor,
  QUERY_DATA_VERSION,
  RemotingCommandError,
  ResponseCode,
} from '@rocketmq-ts/remoting';
import { Lanes, type NamesrvContext } from './context.js';

/** Source: DefaultRequestProcessor#queryBrokerTopicConfig. */
export function queryDataVersion({ routes, clock }: Pick<NamesrvContext, 'routes' | 'clock'>): Processor {
  return processor(QUERY_DATA_VERSION, Lanes.DEFAULT, ({ clusterName, brokerAddr }, { command }) => {
    const asked = decode(command.body);
    const known = routes.dataVersionOf(clusterName, brokerAddr);
    routes.touch(clusterName, brokerAddr, clock.monotonicMs());
    const changed = known === undefined || asked === undefined || !known.equals(asked);
    return {
      code: ResponseCode.SUCCESS,
      header: { changed },
      body: known === undefined ? undefined : DataVersionBody.encode(known),
    };
  });
}

function decode(body: Buffer | undefined): DataVersion | undefined {
  if (body === undefined) return undefined;
  try {
    return DataVersionBody.decode(body, BODY_LIMITS.small);
  } catch (error) {
    if (!(error instanceof MalformedDataError)) throw error;
    throw new RemotingCommandError(`Failed to decode DataVersion, ${error.message}`, { cause: error });
  }
}
