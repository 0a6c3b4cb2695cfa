/** QUERY_DATA_VERSION: a broker asks whether it has to register its topics again; also a sign of life. */
import { MalformedDataError, parseJson } from '@rocketmq-ts/common';
import {
  type Processor,
  processor,
  QUERY_DATA_VERSION,
  RemotingCommandError,
  ResponseCode,
} from '@rocketmq-ts/remoting';
import { dataVersionOf } from '../route/registration-values.js';
import { type DataVersion, isSameDataVersion } from '../route/route-data.js';
import { dataVersionJson } from '../route/route-json.js';
import { Lanes, type NamesrvContext } from './context.js';

const MAX_BODY_BYTES = 4096;

/** Source: DefaultRequestProcessor#queryBrokerTopicConfig. */
export function queryDataVersion({ routes, clock }: Pick<NamesrvContext, 'routes' | 'clock'>): Processor {
  return processor(QUERY_DATA_VERSION, Lanes.DEFAULT, ({ clusterName, brokerAddr }, { command }) => {
    const asked = decode(command.body);
    const known = routes.dataVersionOf(clusterName, brokerAddr);
    routes.touch(clusterName, brokerAddr, clock.monotonicMs());
    const changed = known === undefined || asked === undefined || !isSameDataVersion(known, asked);
    return {
      code: ResponseCode.SUCCESS,
      header: { changed },
      body: known === undefined ? undefined : dataVersionJson(known),
    };
  });
}

function decode(body: Buffer | undefined): DataVersion | undefined {
  if (body === undefined) return undefined;
  try {
    return dataVersionOf(parseJson(body, { maxBytes: MAX_BODY_BYTES }));
  } catch (error) {
    if (!(error instanceof MalformedDataError)) throw error;
    throw new RemotingCommandError(`Failed to decode DataVersion, ${error.message}`, { cause: error });
  }
}
