/** BROKER_HEARTBEAT: a light sign of life. */
import { BROKER_HEARTBEAT, type Processor, processor } from '@rocketmq-ts/remoting';
import { SUCCESS } from './answers.js';
import { Lanes, type NamesrvContext } from './context.js';

/** Source: DefaultRequestProcessor#brokerHeartbeat. */
export function brokerHeartbeat({ routes, clock }: Pick<NamesrvContext, 'routes' | 'clock'>): Processor {
  return processor(BROKER_HEARTBEAT, Lanes.DEFAULT, ({ clusterName, brokerAddr }) => {
    routes.touch(clusterName, brokerAddr, clock.monotonicMs());
    return SUCCESS;
  });
}
